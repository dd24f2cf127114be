// How the cpu backend makes tensors.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "backend.h"

namespace luqsim::train {

// Values that are being made; `done` hands them over, and nobody changes them any more.
class Draft {
 public:
  Draft(std::uint64_t rows, std::uint64_t cols) : rows_(rows), cols_(cols), data_(new float[rows * cols]()) {}
  float* row(std::uint64_t i) { return data_.get() + i * cols_; }
  std::span<float> values() { return {data_.get(), rows_ * cols_}; }
  Tensor done() && { return {rows_, cols_, std::move(data_)}; }

 private:
  std::uint64_t rows_, cols_;
  std::shared_ptr<float[]> data_;
};

// out[i] = f(i) for every element.
template <class F>
Tensor elementwise(std::uint64_t rows, std::uint64_t cols, F f) {
  Draft out(rows, cols);
  for (std::size_t i = 0; i < out.values().size(); ++i) out.values()[i] = f(i);
  return std::move(out).done();
}

}  // namespace luqsim::train
