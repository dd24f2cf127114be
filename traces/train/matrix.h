// A dense row-major matrix of binary32 on the backend's device. Images are rows of pixels, columns of channels (NHWC).
#pragma once
#include <cstdint>
#include <vector>

namespace luqsim::train {

struct Matrix {
  Matrix() = default;
  Matrix(std::uint64_t r, std::uint64_t c) : rows(r), cols(c), values(r * c) {}

  std::uint64_t rows = 0, cols = 0;
  std::vector<float> values;

  float* row(std::uint64_t i) { return values.data() + i * cols; }
  const float* row(std::uint64_t i) const { return values.data() + i * cols; }
};

}  // namespace luqsim::train
