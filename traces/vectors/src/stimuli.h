// Inputs that go wrong in kernels, and repeatable random ones.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace luqsim {

// Random numbers that are the same everywhere: no library distribution is.
class Source {
 public:
  explicit Source(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  // low <= value <= high
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  // In [-1, 1), a multiple of 2^-23.
  float uniform();
  // About a normal distribution of deviation 1.
  float bell();
  // Any finite binary32, by its bits.
  float finite();

 private:
  std::mt19937_64 engine_;
};

struct Stimulus {
  std::string title;
  std::uint64_t rows = 0, cols = 0;
  std::vector<float> x;  // row-major
};

// Tensors for any quantizer: zeros, one element, constants, subnormals, the largest numbers, the maximum at either end,
// odd widths, more elements than a block of anything, NaN and infinity at every place.
std::vector<Stimulus> corner_tensors();

// A tensor of random shape: bell-shaped, of many magnitudes, or of any bits.
Stimulus random_tensor(Source& source);

// The value and its neighbours one unit in the last place away.
void add_with_neighbours(float value, std::vector<float>& out);

// One row.
Stimulus row_of(std::string title, std::vector<float> x);

}  // namespace luqsim
