// A tensor that training changes.
#pragma once
#include "backend.h"

namespace luqsim::train {

struct Parameter {
  Parameter(Backend& backend, const Matrix& initial)
      : value(backend.upload(initial)), velocity(backend.upload(Matrix(initial.rows, initial.cols))) {}

  void update(Backend& backend, const UpdateRule& rule) { backend.sgd(value, velocity, gradient, rule); }
  // Biases and gains do not decay.
  void update_without_decay(Backend& backend, const UpdateRule& rule) {
    update(backend, {rule.rate, rule.momentum, 0});
  }

  Tensor value, velocity;
  Tensor gradient;  // of the last backward
};

// Uniform in +-sqrt(6 / fan_in), from stream (seed, tensor + 1000, step 0, sample 0): (lane - 32767.5) * (limit /
// 32768), each operation rounded once.
Matrix random_weights(std::uint64_t rows, std::uint64_t cols, std::uint64_t fan_in, std::uint64_t seed,
                      std::uint32_t tensor);

}  // namespace luqsim::train
