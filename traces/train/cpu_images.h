// The cpu backend's operations on images: one row a pixel, one column a channel. What they compute, and the order of
// their sums, is in backend.h.
#pragma once
#include <cstdint>

#include "backend.h"

namespace luqsim::train {

Tensor cpu_im2col(const Tensor& x, const Im2col& g);
Tensor cpu_col2im(const Tensor& columns, const Im2col& g);
Tensor cpu_average_pool(const Tensor& x, std::uint32_t h, std::uint32_t w);
Tensor cpu_average_pool_backward(const Tensor& gradient, std::uint32_t h, std::uint32_t w);

}  // namespace luqsim::train
