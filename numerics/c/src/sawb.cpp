#include "luqsim/numerics/sawb.h"

#include <cstring>

#include "failure.h"
#include "options.h"

namespace luqsim::c {
namespace {

SawbConfig check(const luqsim_sawb_options* given) {
  const luqsim_sawb_options o = read_options<luqsim_sawb_options>(given, sawb_options_v1, LUQSIM_SAWB_OPTIONS_INIT);
  if (o.format != LUQSIM_FORMAT_INT4 && o.format != LUQSIM_FORMAT_UINT4)
    invalid("options->format", std::to_string(o.format), "0 (int4) or 1 (uint4)");
  if (o.reserved != 0) invalid("options->reserved", std::to_string(o.reserved), "0");
  require_finite(o.c1, "options->c1");
  require_finite(o.c2, "options->c2");
  return {.format = static_cast<Format>(o.format), .c1 = o.c1, .c2 = o.c2};
}

}  // namespace
}  // namespace luqsim::c

using namespace luqsim::c;

extern "C" {

luqsim_status luqsim_sawb_options_init(luqsim_sawb_options* options, size_t options_size) {
  return guarded("luqsim_sawb_options_init", [&] {
    write_defaults<luqsim_sawb_options>(options, options_size, sawb_options_v1, LUQSIM_SAWB_OPTIONS_INIT);
  });
}

luqsim_status luqsim_sawb_quantize(const float* x, size_t rows, size_t cols, const luqsim_sawb_options* options,
                                   uint8_t* codes, size_t codes_size, luqsim_sawb_result* result) {
  return guarded("luqsim_sawb_quantize", [&] {
    const luqsim::SawbConfig config = check(options);
    const auto values = array(x, element_count(rows, cols, sizeof(float)), "x");
    const std::size_t size = packed_size(rows, cols);
    require_room(codes_size, size, "codes_size");
    const auto out = array(codes, size, "codes");
    require_pointer(result, "result");
    const luqsim::SawbResult made = luqsim::sawb_quantize(values, rows, cols, config);
    if (made.measured.status != luqsim::QuantizeStatus::ok) {
      result->first_non_finite = made.measured.first_non_finite;
      non_finite(made.measured.first_non_finite);
    }
    if (size > 0) std::memcpy(out.data(), made.codes.bytes.data(), size);
    const luqsim::SawbMoments& m = made.moments;
    *result = {0, m.count, m.sum, m.sum_of_squares, m.exponent, made.measured.max_abs, made.scale};
  });
}

}  // extern "C"
