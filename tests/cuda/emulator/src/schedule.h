// Pseudo-random choices of the emulator (splitmix64): repeatable from their seed.
#pragma once
#include <cstdint>
#include <numeric>
#include <utility>

namespace luqsim::emulator {

class Schedule {
 public:
  void seed(std::uint64_t seed) { state_ = seed; }

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  // 0 .. n - 1, for n > 0. The bias of the remainder does not matter here.
  std::uint64_t below(std::uint64_t n) { return next() % n; }

  template <class Sequence>
  void shuffle(Sequence& sequence) {
    for (std::size_t i = sequence.size(); i > 1; --i) std::swap(sequence[i - 1], sequence[below(i)]);
  }

 private:
  std::uint64_t state_ = 0;
};

inline Schedule& schedule() {
  static Schedule instance;
  return instance;
}

// The numbers 0 .. n - 1, each once, in an order that needs no memory: an arithmetic progression modulo n.
class ShuffledRange {
 public:
  explicit ShuffledRange(std::uint64_t n) : n_(n), stride_(1 + schedule().below(n)), position_(schedule().below(n)) {
    while (std::gcd(stride_, n_) != 1) stride_ = 1 + schedule().below(n_);
  }

  std::uint64_t next() {
    const std::uint64_t current = position_;
    position_ = position_ >= n_ - stride_ ? position_ - (n_ - stride_) : position_ + stride_;
    return current;
  }

 private:
  std::uint64_t n_, stride_, position_;
};

}  // namespace luqsim::emulator
