#include <algorithm>
#include <cstring>

#include "arguments.h"
#include "failure.h"

namespace luqsim::c {
namespace {

// Levels have no other code.
void check_levels(Format format, std::span<const std::int8_t> levels) {
  const int low = format == Format::int4 ? -8 : format == Format::uint4 ? 0 : -7;
  const int high = format == Format::uint4 ? 15 : 7;
  const auto bad = std::ranges::find_if(levels, [&](int level) { return level < low || level > high; });
  if (bad != levels.end())
    invalid("levels", std::to_string(*bad) + " at " + std::to_string(bad - levels.begin()),
            std::to_string(low) + " to " + std::to_string(high) + " for " + std::string(name_of(format)));
}

}  // namespace
}  // namespace luqsim::c

using namespace luqsim::c;

extern "C" {

luqsim_status luqsim_packed_size(size_t rows, size_t cols, size_t* bytes) {
  return guarded("luqsim_packed_size", [&] {
    const std::size_t size = packed_size(rows, cols);
    require_pointer(bytes, "bytes");
    *bytes = size;
  });
}

luqsim_status luqsim_pack_levels(luqsim_format format, size_t rows, size_t cols, const int8_t* levels, uint8_t* codes,
                                 size_t codes_size) {
  return guarded("luqsim_pack_levels", [&] {
    const luqsim::Format checked = format_of(format);
    const auto given = array(levels, element_count(rows, cols, 1), "levels");
    const std::size_t size = packed_size(rows, cols);
    require_room(codes_size, size, "codes_size");
    const auto out = array(codes, size, "codes");
    check_levels(checked, given);
    const luqsim::CodeTensor packed = luqsim::pack_levels(checked, rows, cols, given);
    if (size > 0) std::memcpy(out.data(), packed.bytes.data(), size);
  });
}

luqsim_status luqsim_decode_values(luqsim_format format, size_t rows, size_t cols, const uint8_t* codes,
                                   size_t codes_size, int8_t* values, size_t values_count) {
  return guarded("luqsim_decode_values", [&] {
    const luqsim::CodeView view = code_view(format, rows, cols, codes, codes_size);
    const std::size_t count = element_count(rows, cols, 1);
    require_room(values_count, count, "values_count");
    const auto out = array(values, count, "values");
    if (count == 0) return;
    for (std::size_t row = 0; row < rows; ++row) luqsim::decode_row(view, row, 0, out.subspan(row * cols, cols));
  });
}

luqsim_status luqsim_dequantize(luqsim_format format, size_t rows, size_t cols, const uint8_t* codes, size_t codes_size,
                                float scale, float* x, size_t x_count) {
  return guarded("luqsim_dequantize", [&] {
    const luqsim::CodeView view = code_view(format, rows, cols, codes, codes_size);
    const std::size_t count = element_count(rows, cols, sizeof(float));
    require_room(x_count, count, "x_count");
    const auto out = array(x, count, "x");
    require_finite(scale, "scale");
    luqsim::dequantize(view, scale, out);
  });
}

}  // extern "C"
