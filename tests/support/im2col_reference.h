// The operand matrices of docs/trace-format.md, element by element: shares only plain data with the library.
#pragma once
#include <cstdint>
#include <optional>

#include "luqsim/traces/record.h"

namespace luqsim::test {

struct StoredElement {
  std::uint64_t row = 0, col = 0;
};

// The element of the stored image batch that element (row, col) of the patch matrix is; none: padding, which is 0.
inline std::optional<StoredElement> patch_element(const Im2col& v, std::uint64_t row, std::uint64_t col) {
  const std::uint64_t out_h = (v.h + std::uint64_t{2} * v.padding - v.kernel_h) / v.stride + 1,
                      out_w = (v.w + std::uint64_t{2} * v.padding - v.kernel_w) / v.stride + 1;
  const std::uint64_t image = row / (out_h * out_w), out_y = row / out_w % out_h, out_x = row % out_w;
  const std::uint64_t kernel_y = col / (std::uint64_t{v.kernel_w} * v.c), kernel_x = col / v.c % v.kernel_w;
  const auto y = static_cast<std::int64_t>(out_y * v.stride + kernel_y) - v.padding,
             x = static_cast<std::int64_t>(out_x * v.stride + kernel_x) - v.padding;
  if (y < 0 || y >= v.h || x < 0 || x >= v.w) return std::nullopt;
  return StoredElement{(image * v.h + static_cast<std::uint64_t>(y)) * v.w + static_cast<std::uint64_t>(x), col % v.c};
}

// The stored element that element (row, col) of the matrix under `view` is. `im2col`: used by the views of that name.
inline std::optional<StoredElement> viewed_element(View view, const std::optional<Im2col>& im2col, std::uint64_t row,
                                                   std::uint64_t col) {
  switch (view) {
    case View::direct:
      return StoredElement{row, col};
    case View::transposed:
      return StoredElement{col, row};
    case View::im2col:
      return patch_element(im2col.value(), row, col);
    case View::im2col_transposed:
      return patch_element(im2col.value(), col, row);
  }
  return std::nullopt;
}

}  // namespace luqsim::test
