// Dense row-major matrices of binary32. Images are rows of pixels, columns of channels (NHWC).
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

namespace luqsim::train {

// On the host.
struct Matrix {
  Matrix() = default;
  Matrix(std::uint64_t r, std::uint64_t c) : rows(r), cols(c), values(r * c) {}

  std::uint64_t rows = 0, cols = 0;
  std::vector<float> values;

  float* row(std::uint64_t i) { return values.data() + i * cols; }
  const float* row(std::uint64_t i) const { return values.data() + i * cols; }
};

// In a backend's memory. Its values never change once it is made: copies share them, and so can a reader that takes its
// time (a recorder).
struct Tensor {
  std::uint64_t rows = 0, cols = 0;
  std::shared_ptr<const float[]> data;

  std::uint64_t size() const { return rows * cols; }
  const float* row(std::uint64_t i) const { return data.get() + i * cols; }
};

}  // namespace luqsim::train
