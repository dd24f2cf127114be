#include "cpu_images.h"

#include <algorithm>
#include <array>

#include "cpu_draft.h"

namespace luqsim::train {
namespace {

// Calls f(patch, kernel position, pixel) for every pixel that lies inside the image, patches in order.
template <class F>
void for_each_pixel(const Im2col& g, F f) {
  std::uint64_t patch = 0;
  for (std::uint64_t image = 0; image < g.n; ++image)
    for (std::uint64_t oy = 0; oy < g.out_h(); ++oy)
      for (std::uint64_t ox = 0; ox < g.out_w(); ++ox, ++patch)
        for (std::uint64_t ky = 0; ky < g.kernel_h; ++ky)
          for (std::uint64_t kx = 0; kx < g.kernel_w; ++kx) {
            // Above and left of the image these wrap to huge numbers.
            const std::uint64_t y = oy * g.stride + ky - g.padding, x = ox * g.stride + kx - g.padding;
            if (y < g.h && x < g.w) f(patch, ky * g.kernel_w + kx, (image * g.h + y) * g.w + x);
          }
}

// Rows of the four inputs of output pixel p.
std::array<std::uint64_t, 4> pool_corners(std::uint64_t p, std::uint32_t h, std::uint32_t w) {
  const std::uint64_t x = p % (w / 2), y = p / (w / 2) % (h / 2), image = p / (w / 2) / (h / 2);
  const std::uint64_t first = (image * h + 2 * y) * w + 2 * x;
  return {first, first + 1, first + w, first + w + 1};
}

}  // namespace

Tensor cpu_im2col(const Tensor& x, const Im2col& g) {
  Draft out(g.rows(), g.cols());
  for_each_pixel(g, [&](std::uint64_t patch, std::uint64_t kernel, std::uint64_t pixel) {
    std::copy_n(x.row(pixel), g.c, out.row(patch) + kernel * g.c);
  });
  return std::move(out).done();
}

Tensor cpu_col2im(const Tensor& columns, const Im2col& g) {
  Draft out(std::uint64_t{g.n} * g.h * g.w, g.c);
  for_each_pixel(g, [&](std::uint64_t patch, std::uint64_t kernel, std::uint64_t pixel) {
    const float* from = columns.row(patch) + kernel * g.c;
    float* to = out.row(pixel);
    for (std::uint32_t c = 0; c < g.c; ++c) to[c] = to[c] + from[c];
  });
  return std::move(out).done();
}

Tensor cpu_average_pool(const Tensor& x, std::uint32_t h, std::uint32_t w) {
  Draft out(x.rows / 4, x.cols);
  for (std::uint64_t p = 0; p < x.rows / 4; ++p) {
    const auto corners = pool_corners(p, h, w);
    for (std::uint64_t c = 0; c < x.cols; ++c)
      out.row(p)[c] =
          ((x.row(corners[0])[c] + x.row(corners[1])[c]) + (x.row(corners[2])[c] + x.row(corners[3])[c])) * 0.25F;
  }
  return std::move(out).done();
}

Tensor cpu_average_pool_backward(const Tensor& gradient, std::uint32_t h, std::uint32_t w) {
  Draft out(gradient.rows * 4, gradient.cols);
  for (std::uint64_t p = 0; p < gradient.rows; ++p)
    for (const std::uint64_t corner : pool_corners(p, h, w))
      for (std::uint64_t c = 0; c < gradient.cols; ++c) out.row(corner)[c] = gradient.row(p)[c] * 0.25F;
  return std::move(out).done();
}

}  // namespace luqsim::train
