// Everything a caller can get wrong: the status, the argument's name in the message, and outputs left as they were.
#include <math.h>
#include <string.h>

#include "check.h"

#define INVALID(call, part) CHECK_FAILS(call, LUQSIM_INVALID_ARGUMENT, part)
#define TOO_SMALL(call, part) CHECK_FAILS(call, LUQSIM_BUFFER_TOO_SMALL, part)

static const float x[4] = {1.0F, -2.0F, 3.0F, 4.0F};

static void maximum(void) {
  const float bad[3] = {1.0F, NAN, INFINITY};
  float m = 7.0F;
  uint64_t first = 99;
  CHECK_FAILS(luqsim_max_abs(bad, 3, &m, &first), LUQSIM_NON_FINITE, "element 1");
  CHECK(first == 1 && m == 7.0F);
  CHECK_FAILS(luqsim_max_abs(bad + 2, 1, &m, NULL), LUQSIM_NON_FINITE, "element 0");
  INVALID(luqsim_max_abs(NULL, 1, &m, NULL), "x: null");
  INVALID(luqsim_max_abs(x, SIZE_MAX, &m, NULL), "do not fit");
  INVALID(luqsim_max_abs(x, 4, NULL, NULL), "max_abs: null");
  INVALID(luqsim_hindsight_max_abs(-1.0F, 1.0F, 0.5F, &m), "measured: -1");
  INVALID(luqsim_hindsight_max_abs(1.0F, INFINITY, 0.5F, &m), "estimate: inf");
  INVALID(luqsim_hindsight_max_abs(1.0F, 1.0F, 1.5F, &m), "eta: 1.5");
  INVALID(luqsim_hindsight_max_abs(1.0F, 1.0F, NAN, &m), "eta: ");
  INVALID(luqsim_hindsight_max_abs(1.0F, 1.0F, 0.5F, NULL), "next: null");
  CHECK(m == 7.0F);
}

static luqsim_status quantize_with(luqsim_luq_options options) {
  uint8_t codes[2];
  luqsim_luq_result result;
  return luqsim_luq_quantize(x, 2, 2, &options, codes, sizeof codes, &result);
}

static void luq_options(void) {
  const luqsim_luq_options good = LUQSIM_LUQ_OPTIONS_INIT;
  luqsim_luq_options o = good;
  struct {
    luqsim_luq_options known;
    uint32_t later[2];
  } bigger;
  uint8_t codes[2];
  luqsim_luq_result result;
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
  CHECK_OK(luqsim_luq_quantize(x, 2, 2, &bigger.known, codes, 2, &result));
  bigger.later[1] = 1;
  INVALID(luqsim_luq_quantize(x, 2, 2, &bigger.known, codes, 2, &result), "does not know");
  INVALID(luqsim_luq_options_init(NULL, sizeof o), "options: null");
  INVALID(luqsim_luq_options_init(&o, 8), "options_size: 8");
}

static void luq(void) {
  const float bad[4] = {1.0F, 2.0F, -INFINITY, NAN};
  uint8_t codes[3] = {0xAA, 0xAA, 0xAA};
  luqsim_luq_result result;
  int8_t levels[4];
  float alpha = 7.0F, inverse = 7.0F;
  memset(&result, 0xAA, sizeof result);
  TOO_SMALL(luqsim_luq_quantize(x, 2, 2, NULL, codes, 1, &result), "codes_size: 1; wanted at least 2");
  INVALID(luqsim_luq_quantize(NULL, 2, 2, NULL, codes, 2, &result), "x: null");
  INVALID(luqsim_luq_quantize(x, 2, 2, NULL, NULL, 2, &result), "codes: null");
  INVALID(luqsim_luq_quantize(x, 2, 2, NULL, codes, 2, NULL), "result: null");
  INVALID(luqsim_luq_quantize(x, SIZE_MAX, 2, NULL, codes, 2, &result), "do not fit");
  INVALID(luqsim_luq_quantize(x, (size_t)1 << 32, (size_t)1 << 32, NULL, codes, 2, &result), "do not fit");
  // So many elements, but not their bytes.
  INVALID(luqsim_luq_quantize(x, SIZE_MAX / 4, 1, NULL, codes, 2, &result), "do not fit");
  CHECK(codes[0] == 0xAA && codes[2] == 0xAA);
  CHECK_FAILS(luqsim_luq_quantize(bad, 2, 2, NULL, codes, 2, &result), LUQSIM_NON_FINITE, "element 2");
  CHECK(result.first_non_finite == 2 && codes[0] == 0xAA);
  // No elements need no memory.
  CHECK_OK(luqsim_luq_quantize(NULL, 0, 5, NULL, NULL, 0, &result));
  CHECK(result.measured_max_abs == 0 && result.alpha == 0);
  CHECK_OK(luqsim_luq_quantize(NULL, 5, 0, NULL, NULL, 0, &result));

  INVALID(luqsim_luq_scale(-1.0F, NULL, &alpha, &inverse), "max_abs: -1");
  INVALID(luqsim_luq_scale(1.0F, NULL, NULL, &inverse), "alpha: null");
  INVALID(luqsim_luq_scale(1.0F, NULL, &alpha, NULL), "inverse: null");
  CHECK(alpha == 7.0F && inverse == 7.0F);
  INVALID(luqsim_luq_levels(NULL, 4, 0, 1.0F, 1.0F, NULL, NULL, levels), "x: null");
  INVALID(luqsim_luq_levels(x, 4, 0, 1.0F, 1.0F, NULL, NULL, NULL), "levels: null");
  INVALID(luqsim_luq_levels(x, 4, 0, NAN, 1.0F, NULL, NULL, levels), "alpha: ");
  INVALID(luqsim_luq_levels(x, 4, 0, 1.0F, INFINITY, NULL, NULL, levels), "inverse: ");
  CHECK_FAILS(luqsim_luq_levels(bad, 4, 0, 1.0F, 1.0F, NULL, NULL, levels), LUQSIM_NON_FINITE, "element 2");
}

static void sawb(void) {
  const luqsim_sawb_options good = LUQSIM_SAWB_OPTIONS_INIT;
  luqsim_sawb_options o = good;
  const float bad[4] = {1.0F, 2.0F, 3.0F, NAN};
  uint8_t codes[2];
  luqsim_sawb_result result;
  memset(&result, 0, sizeof result);
  TOO_SMALL(luqsim_sawb_quantize(x, 2, 2, NULL, codes, 1, &result), "codes_size: 1");
  INVALID(luqsim_sawb_quantize(NULL, 2, 2, NULL, codes, 2, &result), "x: null");
  INVALID(luqsim_sawb_quantize(x, 2, 2, NULL, NULL, 2, &result), "codes: null");
  INVALID(luqsim_sawb_quantize(x, 2, 2, NULL, codes, 2, NULL), "result: null");
  CHECK_FAILS(luqsim_sawb_quantize(bad, 2, 2, NULL, codes, 2, &result), LUQSIM_NON_FINITE, "element 3");
  CHECK(result.first_non_finite == 3);
  o.format = LUQSIM_FORMAT_FP4_E3M0;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, codes, 2, &result), "options->format: 2");
  o = good, o.c1 = NAN;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, codes, 2, &result), "options->c1: ");
  o = good, o.c2 = INFINITY;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, codes, 2, &result), "options->c2: inf");
  o = good, o.reserved = 1;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, codes, 2, &result), "options->reserved: 1");
  o = good, o.size = 0;
  INVALID(luqsim_sawb_quantize(x, 2, 2, &o, codes, 2, &result), "options->size: 0");
  INVALID(luqsim_sawb_options_init(&o, 0), "options_size: 0");
}

static void packed(void) {
  const int8_t levels[4] = {7, -7, 0, 1}, low[4] = {0, 0, -9, 0}, high[4] = {0, 8, 0, 0};
  const uint8_t codes[2] = {0, 0};
  uint8_t out[2];
  int8_t values[4];
  float floats[4];
  size_t size = 7;
  INVALID(luqsim_packed_size(SIZE_MAX, 2, &size), "do not fit");
  INVALID(luqsim_packed_size(2, SIZE_MAX, &size), "do not fit");
  INVALID(luqsim_packed_size(2, 2, NULL), "bytes: null");
  CHECK(size == 7);
  INVALID(luqsim_pack_levels(3, 2, 2, levels, out, 2), "format: 3");
  INVALID(luqsim_pack_levels(-1, 2, 2, levels, out, 2), "format: -1");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_INT4, 2, 2, NULL, out, 2), "levels: null");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_INT4, 2, 2, levels, NULL, 2), "codes: null");
  TOO_SMALL(luqsim_pack_levels(LUQSIM_FORMAT_INT4, 2, 2, levels, out, 1), "codes_size: 1");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_INT4, 2, 2, low, out, 2), "levels: -9 at 2");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_FP4_E3M0, 2, 2, high, out, 2), "levels: 8 at 1");
  INVALID(luqsim_pack_levels(LUQSIM_FORMAT_UINT4, 2, 2, levels, out, 2), "levels: -7 at 1");
  TOO_SMALL(luqsim_decode_values(LUQSIM_FORMAT_INT4, 2, 2, codes, 1, values, 4), "codes_size: 1");
  TOO_SMALL(luqsim_decode_values(LUQSIM_FORMAT_INT4, 2, 2, codes, 2, values, 3), "values_count: 3");
  INVALID(luqsim_decode_values(LUQSIM_FORMAT_INT4, 2, 2, NULL, 2, values, 4), "codes: null");
  INVALID(luqsim_decode_values(LUQSIM_FORMAT_INT4, 2, 2, codes, 2, NULL, 4), "values: null");
  TOO_SMALL(luqsim_dequantize(LUQSIM_FORMAT_INT4, 2, 2, codes, 2, 1.0F, floats, 3), "x_count: 3");
  INVALID(luqsim_dequantize(LUQSIM_FORMAT_INT4, 2, 2, codes, 2, NAN, floats, 4), "scale: ");
  INVALID(luqsim_dequantize(9, 2, 2, codes, 2, 1.0F, floats, 4), "format: 9");
}

static void random_numbers(void) {
  const uint32_t words[4] = {0, 0, 0, 0};
  uint32_t out[4];
  uint16_t lanes[8];
  INVALID(luqsim_philox4x32_10(NULL, words, out), "counter: null");
  INVALID(luqsim_philox4x32_10(words, NULL, out), "key: null");
  INVALID(luqsim_philox4x32_10(words, words, NULL), "out: null");
  INVALID(luqsim_random_lanes(0, 0, 1U << 24, 0, 0, lanes, 8), "step: 16777216");
  INVALID(luqsim_random_lanes(0, 0, 0, 256, 0, lanes, 8), "sample: 256");
  INVALID(luqsim_random_lanes(0, 0, 0, 0, 4, lanes, 8), "first: 4");
  INVALID(luqsim_random_lanes(0, 0, 0, 0, 0, NULL, 8), "out: null");
}

static void gemm(void) {
  const uint8_t codes[4] = {0, 0, 0, 0};
  const luqsim_code_matrix good = {codes, 4, 2, 4, LUQSIM_FORMAT_INT4, 0};
  luqsim_code_matrix a = good, b = good;
  int32_t sums[16];
  float out[16], scale = 0;
  INVALID(luqsim_gemm(&a, &b, sums, 16), "b: 2 rows");
  b.transposed = 1;
  CHECK_OK(luqsim_gemm(&a, &b, sums, 4));
  INVALID(luqsim_gemm(NULL, &b, sums, 4), "a: null");
  INVALID(luqsim_gemm(&a, NULL, sums, 4), "b: null");
  INVALID(luqsim_gemm(&a, &b, NULL, 4), "sums: null");
  INVALID(luqsim_gemm_scaled(&a, &b, 1.0F, NULL, 4), "out: null");
  TOO_SMALL(luqsim_gemm(&a, &b, sums, 3), "sums_count: 3; wanted at least 4");
  TOO_SMALL(luqsim_gemm_scaled(&a, &b, 1.0F, out, 3), "out_count: 3");
  INVALID(luqsim_gemm_scaled(&a, &b, INFINITY, out, 4), "scale: inf");
  a.codes_size = 3;
  TOO_SMALL(luqsim_gemm(&a, &b, sums, 4), "codes_size: 3");
  a = good, a.format = 3;
  INVALID(luqsim_gemm(&a, &b, sums, 4), "format: 3");
  a = good, a.format = b.format = LUQSIM_FORMAT_FP4_E3M0;
  INVALID(luqsim_gemm(&a, &b, sums, 4), "b->format: fp4_e3m0");
  // No output, but K = 2^21, and an output that no memory holds.
  a = good, a.rows = 0, a.cols = (size_t)1 << 21;
  b = good, b.rows = (size_t)1 << 21, b.cols = 0;
  INVALID(luqsim_gemm(&a, &b, NULL, 0), "2097152 columns");
  a = good, a.rows = SIZE_MAX, a.cols = 0;
  b = good, b.rows = 0, b.cols = 2;
  INVALID(luqsim_gemm(&a, &b, sums, 16), "do not fit");
  INVALID(luqsim_output_scale(NAN, 1.0F, 1, &scale), "scale_a: ");
  INVALID(luqsim_output_scale(1.0F, NAN, 1, &scale), "scale_b: ");
  INVALID(luqsim_output_scale(1.0F, 1.0F, 0, &scale), "samples: 0");
  INVALID(luqsim_output_scale(1.0F, 1.0F, 1, NULL), "scale: null");
  INVALID(luqsim_scale_output(NULL, 4, 1.0F, out), "sums: null");
  INVALID(luqsim_scale_output(sums, 4, 1.0F, NULL), "out: null");
  INVALID(luqsim_scale_output(sums, 4, NAN, out), "scale: ");
  INVALID(luqsim_scale_output_i64(NULL, 4, 1.0F, out), "luqsim_scale_output_i64: sums: null");
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
