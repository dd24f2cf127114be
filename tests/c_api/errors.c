// Everything a caller can get wrong: the status, the argument's name in the message, and outputs left as they were.
#include <math.h>
#include <string.h>

#include "check.h"

// Everything that a call can write. Before a call that must fail it is filled with a pattern, after it nothing may
// differ.
static struct outputs {
  float max_abs, alpha, inverse, scale, floats[16];
  uint64_t first_non_finite;
  size_t size;
  luqsim_luq_options luq_options;
  luqsim_sawb_options sawb_options;
  luqsim_luq_result luq;
  luqsim_sawb_result sawb;
  uint8_t codes[3];
  int8_t levels[4];
  uint16_t lanes[8];
  uint32_t words[4];
  int32_t sums[16];
} out;

static void fill_outputs(void) { memset(&out, 0xA5, sizeof out); }
static void check_untouched(const char* what, int line) {
  static unsigned char pattern[sizeof out];
  memset(pattern, 0xA5, sizeof pattern);
  check_bytes(&out, pattern, sizeof out, what, __FILE__, line);
}

#define FAILS(call, status, part)                       \
  do {                                                  \
    fill_outputs();                                     \
    CHECK_FAILS(call, status, part);                    \
    check_untouched("the outputs of " #call, __LINE__); \
  } while (0)
#define INVALID(call, part) FAILS(call, LUQSIM_INVALID_ARGUMENT, part)
#define TOO_SMALL(call, part) FAILS(call, LUQSIM_BUFFER_TOO_SMALL, part)
// `member` of the outputs gets `index`, and nothing else changes.
#define NON_FINITE(call, member, index)                                 \
  do {                                                                  \
    fill_outputs();                                                     \
    CHECK_FAILS(call, LUQSIM_NON_FINITE, "element " #index);            \
    CHECK(out.member == (index));                                       \
    memset(&out.member, 0xA5, sizeof out.member);                       \
    check_untouched("the outputs but " #member " of " #call, __LINE__); \
  } while (0)

static const float x[4] = {1.0F, -2.0F, 3.0F, 4.0F};

static void maximum(void) {
  const float bad[3] = {1.0F, NAN, INFINITY};
  NON_FINITE(luqsim_max_abs(bad, 3, &out.max_abs, &out.first_non_finite), first_non_finite, 1);
  FAILS(luqsim_max_abs(bad + 2, 1, &out.max_abs, NULL), LUQSIM_NON_FINITE, "element 0");
  INVALID(luqsim_max_abs(NULL, 1, &out.max_abs, NULL), "x: null");
  INVALID(luqsim_max_abs(x, SIZE_MAX, &out.max_abs, NULL), "do not fit");
  INVALID(luqsim_max_abs(x, 4, NULL, NULL), "max_abs: null");
  INVALID(luqsim_hindsight_max_abs(-1.0F, 1.0F, 0.5F, &out.max_abs), "measured: -1");
  INVALID(luqsim_hindsight_max_abs(1.0F, INFINITY, 0.5F, &out.max_abs), "estimate: inf");
  INVALID(luqsim_hindsight_max_abs(1.0F, 1.0F, 1.5F, &out.max_abs), "eta: 1.5");
  INVALID(luqsim_hindsight_max_abs(1.0F, 1.0F, NAN, &out.max_abs), "eta: ");
  INVALID(luqsim_hindsight_max_abs(1.0F, 1.0F, 0.5F, NULL), "next: null");
}

static luqsim_status quantize_with(luqsim_luq_options options) {
  return luqsim_luq_quantize(x, 2, 2, &options, out.codes, 2, &out.luq);
}

static void luq_options(void) {
  const luqsim_luq_options good = LUQSIM_LUQ_OPTIONS_INIT;
  luqsim_luq_options o = good;
  struct {
    luqsim_luq_options known;
    uint32_t later[2];
  } bigger;
  CHECK_OK(quantize_with(o));
#define BAD(member, value, part)     \
  do {                               \
    o = good;                        \
    o.member = value;                \
    INVALID(quantize_with(o), part); \
  } while (0)
  BAD(size, 0, "options->size: 0");
  BAD(size, sizeof(luqsim_luq_options) - 1, "options->size");
  BAD(rounding, 5, "options->rounding: 5");
  BAD(rounding, -1, "options->rounding: -1");
  BAD(alpha, 2, "options->alpha: 2");
  BAD(top_exponent, 5, "top_exponent: 5");
  BAD(top_exponent, 7, "top_exponent: 7");
  BAD(random_bits, 0, "random_bits: 0");
  BAD(random_bits, 17, "random_bits: 17");
  BAD(reuse, 0, "reuse: 0");
  BAD(step, 1U << 24, "options->step: 16777216");
  BAD(sample, 256, "options->sample: 256");
#undef BAD
  o = good;
  o.rounding = LUQSIM_ROUNDING_INT4_SR, o.alpha = LUQSIM_ALPHA_POW2;
  INVALID(quantize_with(o), "alpha: pow2");
  o = good;
  o.estimate = NAN;
  CHECK_OK(quantize_with(o));  // not used
  o.has_estimate = 1;
  INVALID(quantize_with(o), "options->estimate: ");
  o.estimate = -1.0F;
  INVALID(quantize_with(o), "options->estimate: -1");

  // A caller that knows a later version: what this one does not know must be 0.
  memset(&bigger, 0, sizeof bigger);
  CHECK_OK(luqsim_luq_options_init(&bigger.known, sizeof bigger));
  CHECK(bigger.known.size == sizeof bigger && bigger.known.random_bits == 16);
  CHECK_OK(luqsim_luq_quantize(x, 2, 2, &bigger.known, out.codes, 2, &out.luq));
  bigger.later[1] = 1;
  INVALID(luqsim_luq_quantize(x, 2, 2, &bigger.known, out.codes, 2, &out.luq), "does not know");
  INVALID(luqsim_luq_options_init(NULL, sizeof o), "options: null");
  INVALID(luqsim_luq_options_init(&out.luq_options, 8), "options_size: 8");
}

static void luq(void) {
  const float bad[4] = {1.0F, 2.0F, -INFINITY, NAN};
  TOO_SMALL(luqsim_luq_quantize(x, 2, 2, NULL, out.codes, 1, &out.luq), "codes_size: 1; wanted at least 2");
  INVALID(luqsim_luq_quantize(NULL, 2, 2, NULL, out.codes, 2, &out.luq), "x: null");
  INVALID(luqsim_luq_quantize(x, 2, 2, NULL, NULL, 2, &out.luq), "codes: null");
  INVALID(luqsim_luq_quantize(x, 2, 2, NULL, out.codes, 2, NULL), "result: null");
  INVALID(luqsim_luq_quantize(x, SIZE_MAX, 2, NULL, out.codes, 2, &out.luq), "do not fit");
  INVALID(luqsim_luq_quantize(x, (size_t)1 << 32, (size_t)1 << 32, NULL, out.codes, 2, &out.luq), "do not fit");
  // So many elements, but not their bytes.
  INVALID(luqsim_luq_quantize(x, SIZE_MAX / 4, 1, NULL, out.codes, 2, &out.luq), "do not fit");
  NON_FINITE(luqsim_luq_quantize(bad, 2, 2, NULL, out.codes, 2, &out.luq), luq.first_non_finite, 2);
  // No elements need no memory.
  CHECK_OK(luqsim_luq_quantize(NULL, 0, 5, NULL, NULL, 0, &out.luq));
  CHECK(out.luq.measured_max_abs == 0 && out.luq.alpha == 0);
  CHECK_OK(luqsim_luq_quantize(NULL, 5, 0, NULL, NULL, 0, &out.luq));

  INVALID(luqsim_luq_scale(-1.0F, NULL, &out.alpha, &out.inverse), "max_abs: -1");
  INVALID(luqsim_luq_scale(1.0F, NULL, NULL, &out.inverse), "alpha: null");
  INVALID(luqsim_luq_scale(1.0F, NULL, &out.alpha, NULL), "inverse: null");
  INVALID(luqsim_luq_levels(NULL, 4, 0, 1.0F, 1.0F, NULL, NULL, out.levels), "x: null");
  INVALID(luqsim_luq_levels(x, 4, 0, 1.0F, 1.0F, NULL, NULL, NULL), "levels: null");
  INVALID(luqsim_luq_levels(x, 4, 0, NAN, 1.0F, NULL, NULL, out.levels), "alpha: ");
  INVALID(luqsim_luq_levels(x, 4, 0, 1.0F, INFINITY, NULL, NULL, out.levels), "inverse: ");
  FAILS(luqsim_luq_levels(bad, 4, 0, 1.0F, 1.0F, NULL, NULL, out.levels), LUQSIM_NON_FINITE, "element 2");
}

static void sawb(void) {
  const luqsim_sawb_options good = LUQSIM_SAWB_OPTIONS_INIT;
  luqsim_sawb_options o = good;
  const float bad[4] = {1.0F, 2.0F, 3.0F, NAN};
  TOO_SMALL(luqsim_sawb_quantize(x, 2, 2, NULL, out.codes, 1, &out.sawb), "codes_size: 1");
  INVALID(luqsim_sawb_quantize(NULL, 2, 2, NULL, out.codes, 2, &out.sawb), "x: null");
  INVALID(luqsim_sawb_quantize(x, 2, 2, NULL, NULL, 2, &out.sawb), "codes: null");
  INVALID(luqsim_sawb_quantize(x, 2, 2, NULL, out.codes, 2, NULL), "result: null");
  NON_FINITE(luqsim_sawb_quantize(bad, 2, 2, NULL, out.codes, 2, &out.sawb), sawb.first_non_finite, 3);
  o.format = LUQSIM_FORMAT_FP4_E3M0;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, out.codes, 2, &out.sawb), "options->format: 2");
  o = good, o.c1 = NAN;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, out.codes, 2, &out.sawb), "options->c1: ");
  o = good, o.c2 = INFINITY;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, out.codes, 2, &out.sawb), "options->c2: inf");
  o = good, o.reserved = 1;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, out.codes, 2, &out.sawb), "options->reserved: 1");
  o = good, o.size = 0;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, out.codes, 2, &out.sawb), "options->size: 0");
  INVALID(luqsim_sawb_options_init(&out.sawb_options, 0), "options_size: 0");
}

static void packed(void) {
  const int8_t levels[4] = {7, -7, 0, 1}, low[4] = {0, 0, -9, 0}, high[4] = {0, 8, 0, 0};
  const uint8_t codes[2] = {0, 0};
  INVALID(luqsim_packed_size(SIZE_MAX, 2, &out.size), "do not fit");
  INVALID(luqsim_packed_size(2, SIZE_MAX, &out.size), "do not fit");
  INVALID(luqsim_packed_size(2, 2, NULL), "bytes: null");
  INVALID(luqsim_pack_levels(3, 2, 2, levels, out.codes, 2), "format: 3");
  INVALID(luqsim_pack_levels(-1, 2, 2, levels, out.codes, 2), "format: -1");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_INT4, 2, 2, NULL, out.codes, 2), "levels: null");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_INT4, 2, 2, levels, NULL, 2), "codes: null");
  TOO_SMALL(luqsim_pack_levels(LUQSIM_FORMAT_INT4, 2, 2, levels, out.codes, 1), "codes_size: 1");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_INT4, 2, 2, low, out.codes, 2), "levels: -9 at 2");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_FP4_E3M0, 2, 2, high, out.codes, 2), "levels: 8 at 1");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_UINT4, 2, 2, levels, out.codes, 2), "levels: -7 at 1");
  TOO_SMALL(luqsim_decode_values(LUQSIM_FORMAT_INT4, 2, 2, codes, 1, out.levels, 4), "codes_size: 1");
  TOO_SMALL(luqsim_decode_values(LUQSIM_FORMAT_INT4, 2, 2, codes, 2, out.levels, 3), "values_count: 3");
  INVALID(luqsim_decode_values(LUQSIM_FORMAT_INT4, 2, 2, NULL, 2, out.levels, 4), "codes: null");
  INVALID(luqsim_decode_values(LUQSIM_FORMAT_INT4, 2, 2, codes, 2, NULL, 4), "values: null");
  TOO_SMALL(luqsim_dequantize(LUQSIM_FORMAT_INT4, 2, 2, codes, 2, 1.0F, out.floats, 3), "x_count: 3");
  INVALID(luqsim_dequantize(LUQSIM_FORMAT_INT4, 2, 2, codes, 2, NAN, out.floats, 4), "scale: ");
  INVALID(luqsim_dequantize(9, 2, 2, codes, 2, 1.0F, out.floats, 4), "format: 9");
}

static void random_numbers(void) {
  const uint32_t words[4] = {0, 0, 0, 0};
  INVALID(luqsim_philox4x32_10(NULL, words, out.words), "counter: null");
  INVALID(luqsim_philox4x32_10(words, NULL, out.words), "key: null");
  INVALID(luqsim_philox4x32_10(words, words, NULL), "out: null");
  INVALID(luqsim_random_lanes(0, 0, 1U << 24, 0, 0, out.lanes, 8), "step: 16777216");
  INVALID(luqsim_random_lanes(0, 0, 0, 256, 0, out.lanes, 8), "sample: 256");
  INVALID(luqsim_random_lanes(0, 0, 0, 0, 4, out.lanes, 8), "first: 4");
  INVALID(luqsim_random_lanes(0, 0, 0, 0, 0, NULL, 8), "out: null");
}

static void gemm(void) {
  const uint8_t codes[4] = {0, 0, 0, 0};
  const luqsim_code_matrix good = {codes, 4, 2, 4, LUQSIM_FORMAT_INT4, 0};
  luqsim_code_matrix a = good, b = good;
  const int32_t given[4] = {1, 2, 3, 4};
  INVALID(luqsim_gemm(&a, &b, out.sums, 16), "b: 2 rows");
  b.transposed = 1;
  CHECK_OK(luqsim_gemm(&a, &b, out.sums, 4));
  INVALID(luqsim_gemm(NULL, &b, out.sums, 4), "a: null");
  INVALID(luqsim_gemm(&a, NULL, out.sums, 4), "b: null");
  INVALID(luqsim_gemm(&a, &b, NULL, 4), "sums: null");
  INVALID(luqsim_gemm_scaled(&a, &b, 1.0F, NULL, 4), "out: null");
  TOO_SMALL(luqsim_gemm(&a, &b, out.sums, 3), "sums_count: 3; wanted at least 4");
  TOO_SMALL(luqsim_gemm_scaled(&a, &b, 1.0F, out.floats, 3), "out_count: 3");
  INVALID(luqsim_gemm_scaled(&a, &b, INFINITY, out.floats, 4), "scale: inf");
  a.codes_size = 3;
  TOO_SMALL(luqsim_gemm(&a, &b, out.sums, 4), "codes_size: 3");
  a = good, a.format = 3;
  INVALID(luqsim_gemm(&a, &b, out.sums, 4), "format: 3");
  a = good, a.format = b.format = LUQSIM_FORMAT_FP4_E3M0;
  INVALID(luqsim_gemm(&a, &b, out.sums, 4), "b->format: fp4_e3m0");
  // No output, but K = 2^21, and an output that no memory holds.
  a = good, a.rows = 0, a.cols = (size_t)1 << 21;
  b = good, b.rows = (size_t)1 << 21, b.cols = 0;
  INVALID(luqsim_gemm(&a, &b, NULL, 0), "2097152 columns");
  a = good, a.rows = SIZE_MAX, a.cols = 0;
  b = good, b.rows = 0, b.cols = 2;
  INVALID(luqsim_gemm(&a, &b, out.sums, 16), "do not fit");
  INVALID(luqsim_output_scale(NAN, 1.0F, 1, &out.scale), "scale_a: ");
  INVALID(luqsim_output_scale(1.0F, NAN, 1, &out.scale), "scale_b: ");
  INVALID(luqsim_output_scale(1.0F, 1.0F, 0, &out.scale), "samples: 0");
  INVALID(luqsim_output_scale(1.0F, 1.0F, 1, NULL), "scale: null");
  INVALID(luqsim_scale_output(NULL, 4, 1.0F, out.floats), "sums: null");
  INVALID(luqsim_scale_output(given, 4, 1.0F, NULL), "out: null");
  INVALID(luqsim_scale_output(given, 4, NAN, out.floats), "scale: ");
  INVALID(luqsim_scale_output_i64(NULL, 4, 1.0F, out.floats), "luqsim_scale_output_i64: sums: null");
}

void test_errors(void) {
  maximum();
  luq_options();
  luq();
  sawb();
  packed();
  random_numbers();
  gemm();
}
