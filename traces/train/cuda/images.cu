#include "kernels.h"
#include "launch.h"

namespace luqsim::train {
namespace {

using cuda::global_thread;
using cuda::global_threads;
using cuda::launch_over;

__global__ void im2col_kernel(const float* x, Patches p, Shape shape, float* out) {
  for (std::uint64_t i = global_thread(); i < shape.size(); i += global_threads()) {
    const std::uint64_t patch = i / shape.cols, col = i % shape.cols;
    const std::uint64_t tap = col / p.c, position = patch % (std::uint64_t{p.out_h()} * p.out_w());
    const std::uint64_t image = patch / (std::uint64_t{p.out_h()} * p.out_w());
    // Above and left of the image these wrap to huge numbers.
    const std::uint64_t y = position / p.out_w() * p.stride + tap / p.kernel_w - p.padding;
    const std::uint64_t column = position % p.out_w() * p.stride + tap % p.kernel_w - p.padding;
    out[i] = y < p.h && column < p.w ? x[((image * p.h + y) * p.w + column) * p.c + col % p.c] : 0.0F;
  }
}

// A thread sums one channel of one pixel over the patches that hold it, in their order.
__global__ void col2im_kernel(const float* columns, Patches p, std::uint64_t pixels, float* out) {
  const std::uint64_t cols = std::uint64_t{p.kernel_h} * p.kernel_w * p.c;
  for (std::uint64_t i = global_thread(); i < pixels * p.c; i += global_threads()) {
    const std::uint64_t pixel = i / p.c, channel = i % p.c, image = pixel / p.w / p.h;
    const std::uint64_t y = pixel / p.w % p.h, x = pixel % p.w;
    float sum = 0;
    for (std::uint64_t oy = 0; oy < p.out_h(); ++oy) {
      const std::uint64_t ky = y + p.padding - oy * p.stride;  // wraps where the patch begins below
      if (ky >= p.kernel_h) continue;
      for (std::uint64_t ox = 0; ox < p.out_w(); ++ox) {
        const std::uint64_t kx = x + p.padding - ox * p.stride;
        if (kx >= p.kernel_w) continue;
        const std::uint64_t patch = (image * p.out_h() + oy) * p.out_w() + ox;
        sum = sum + columns[patch * cols + (ky * p.kernel_w + kx) * p.c + channel];
      }
    }
    out[i] = sum;
  }
}

// Row of the first of the four inputs of pooled pixel p.
__device__ std::uint64_t first_corner(std::uint64_t p, std::uint32_t h, std::uint32_t w) {
  const std::uint64_t x = p % (w / 2), y = p / (w / 2) % (h / 2), image = p / (w / 2) / (h / 2);
  return (image * h + 2 * y) * w + 2 * x;
}

__global__ void average_pool_kernel(const float* x, Shape pooled, std::uint32_t h, std::uint32_t w, float* out) {
  for (std::uint64_t i = global_thread(); i < pooled.size(); i += global_threads()) {
    const float* first = x + first_corner(i / pooled.cols, h, w) * pooled.cols + i % pooled.cols;
    const float* below = first + std::uint64_t{w} * pooled.cols;
    out[i] = ((first[0] + first[pooled.cols]) + (below[0] + below[pooled.cols])) * 0.25F;
  }
}

__global__ void average_pool_backward_kernel(const float* gradient, Shape pooled, std::uint32_t h, std::uint32_t w,
                                             float* out) {
  for (std::uint64_t i = global_thread(); i < pooled.size(); i += global_threads()) {
    float* first = out + first_corner(i / pooled.cols, h, w) * pooled.cols + i % pooled.cols;
    float* below = first + std::uint64_t{w} * pooled.cols;
    first[0] = first[pooled.cols] = below[0] = below[pooled.cols] = gradient[i] * 0.25F;
  }
}

}  // namespace

void im2col(cudaStream_t stream, const float* x, const Patches& p, float* out) {
  const Shape shape{std::uint64_t{p.n} * p.out_h() * p.out_w(), std::uint64_t{p.kernel_h} * p.kernel_w * p.c};
  launch_over(stream, shape.size(), im2col_kernel, x, p, shape, out);
}

void col2im(cudaStream_t stream, const float* columns, const Patches& p, float* out) {
  const std::uint64_t pixels = std::uint64_t{p.n} * p.h * p.w;
  launch_over(stream, pixels * p.c, col2im_kernel, columns, p, pixels, out);
}

void average_pool(cudaStream_t stream, const float* x, Shape pooled, std::uint32_t h, std::uint32_t w, float* out) {
  launch_over(stream, pooled.size(), average_pool_kernel, x, pooled, h, w, out);
}

void average_pool_backward(cudaStream_t stream, const float* gradient, Shape pooled, std::uint32_t h, std::uint32_t w,
                           float* out) {
  launch_over(stream, pooled.size(), average_pool_backward_kernel, gradient, pooled, h, w, out);
}

}  // namespace luqsim::train
