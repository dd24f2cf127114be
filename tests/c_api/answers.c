// Known answers, from a NumPy implementation of docs/numerics.md (tests/python/reference.py).
#include <math.h>
#include <string.h>

#include "check.h"

static const float x[15] = {0.5F, -1.0F, 0.25F,  0.01F,  -0.003F, 0.3F, 0.7F,   -0.09F,
                            0.0F, 1.5F,  -0.02F, 0.006F, -0.6F,   0.9F, -0.001F};

static void versions(void) {
  CHECK(luqsim_c_api_version() == LUQSIM_C_API_VERSION);
  CHECK(strcmp(luqsim_version(), LUQSIM_TEST_VERSION) == 0);
  CHECK(strcmp(luqsim_status_name(LUQSIM_OK), "ok") == 0);
  CHECK(strcmp(luqsim_status_name(LUQSIM_INTERNAL_ERROR), "internal error") == 0);
  CHECK(strcmp(luqsim_status_name(-1), "unknown status") == 0);
  CHECK(strcmp(luqsim_status_name(6), "unknown status") == 0);
}

static void maximum(void) {
  float m = 0, next = 0;
  CHECK_OK(luqsim_max_abs(x, 15, &m, NULL));
  CHECK(m == 1.5F);
  CHECK_OK(luqsim_max_abs(NULL, 0, &m, NULL));
  CHECK(m == 0.0F);
  CHECK_OK(luqsim_hindsight_max_abs(1.5F, 0.7F, 0.1F, &next));
  CHECK(next == 0x1.6b851ep+0F);
}

// Codes of x as 3 x 5 with these options, and their scale.
static void luq_case(const luqsim_luq_options* options, const uint8_t wanted[9], float used, float alpha, float inverse,
                     luqsim_format format) {
  uint8_t codes[9];
  luqsim_luq_result result;
  memset(codes, 0xAA, sizeof codes);
  CHECK_OK(luqsim_luq_quantize(x, 3, 5, options, codes, sizeof codes, &result));
  check_bytes(codes, wanted, 9, "codes", __FILE__, __LINE__);
  CHECK(result.measured_max_abs == 1.5F);
  CHECK(result.max_abs == used);
  CHECK(result.alpha == alpha);
  CHECK(result.inverse == inverse);
  CHECK(result.format == format);
}

static void luq(void) {
  luqsim_luq_options o = LUQSIM_LUQ_OPTIONS_INIT, filled;
  memset(&filled, 0xAA, sizeof filled);
  CHECK_OK(luqsim_luq_options_init(&filled, sizeof filled));
  check_bytes(&filled, &o, sizeof o, "luq options", __FILE__, __LINE__);
  {
    static const uint8_t wanted[9] = {0xE6, 0x14, 0x00, 0x65, 0x0B, 0x07, 0x09, 0x6D, 0x00};
    o.seed = 1, o.tensor = 2, o.step = 3, o.sample = 4;
    luq_case(&o, wanted, 1.5F, 0x1.8p-6F, 0x1.555556p+5F, LUQSIM_FORMAT_FP4_E3M0);
  }
  {
    static const uint8_t wanted[9] = {0xE5, 0x04, 0x00, 0x65, 0x0B, 0x07, 0x00, 0x6E, 0x00};
    luqsim_luq_options rdnp = LUQSIM_LUQ_OPTIONS_INIT;
    rdnp.rounding = LUQSIM_ROUNDING_RDNP;
    luq_case(&rdnp, wanted, 1.5F, 0x1.8p-6F, 0x1.555556p+5F, LUQSIM_FORMAT_FP4_E3M0);
  }
  {
    static const uint8_t wanted[9] = {0xE5, 0x14, 0x00, 0x65, 0x0B, 0x07, 0x19, 0x6E, 0x00};
    luqsim_luq_options su = LUQSIM_LUQ_OPTIONS_INIT;
    su.rounding = LUQSIM_ROUNDING_RDNP_SU, su.seed = 7;
    luq_case(&su, wanted, 1.5F, 0x1.8p-6F, 0x1.555556p+5F, LUQSIM_FORMAT_FP4_E3M0);
  }
  {
    static const uint8_t wanted[9] = {0xC3, 0x02, 0x00, 0x42, 0x00, 0x04, 0x00, 0x3C, 0x00};
    luqsim_luq_options sr = LUQSIM_LUQ_OPTIONS_INIT;
    sr.rounding = LUQSIM_ROUNDING_SR, sr.seed = 7, sr.top_exponent = 4, sr.alpha = LUQSIM_ALPHA_POW2;
    luq_case(&sr, wanted, 1.5F, 0x1p-3F, 0x1p+3F, LUQSIM_FORMAT_FP4_E3M0);
  }
  {
    static const uint8_t wanted[9] = {0xB3, 0x01, 0x00, 0x31, 0x00, 0x07, 0x0F, 0x4D, 0x00};
    luqsim_luq_options uniform = LUQSIM_LUQ_OPTIONS_INIT;
    uniform.rounding = LUQSIM_ROUNDING_INT4_SR, uniform.seed = 1099511627781U, uniform.random_bits = 8;
    luq_case(&uniform, wanted, 1.5F, 0x1.b6db6ep-3F, 0x1.2aaaaap+2F, LUQSIM_FORMAT_INT4);
  }
  {
    static const uint8_t wanted[9] = {0xF6, 0x06, 0x00, 0x66, 0x0C, 0x07, 0x0A, 0x7E, 0x09};
    luqsim_luq_options hindsight = LUQSIM_LUQ_OPTIONS_INIT;
    hindsight.seed = 9, hindsight.step = 10, hindsight.reuse = 4;
    hindsight.has_estimate = 1, hindsight.estimate = 0.75F;
    luq_case(&hindsight, wanted, 0.75F, 0x1.8p-7F, 0x1.555556p+6F, LUQSIM_FORMAT_FP4_E3M0);
  }
}

static void levels(void) {
  static const int8_t wanted[15] = {6, -8, 5, 1, 0, 6, 7, -4, 0, 8, -2, 1, -7, 7, 0};
  static const int8_t from_40[6] = {7, -7, 6, 1, 0, 5};
  int8_t out[15], given[15];
  uint16_t random[15];
  float alpha = 0, inverse = 0;
  luqsim_luq_options o = LUQSIM_LUQ_OPTIONS_INIT;
  o.top_exponent = 7, o.seed = 1;
  CHECK_OK(luqsim_luq_scale(1.5F, &o, &alpha, &inverse));
  CHECK(alpha == 0x1.8p-7F && inverse == 0x1.555556p+6F);
  CHECK_OK(luqsim_luq_levels(x, 15, 0, alpha, inverse, &o, NULL, out));
  CHECK_BYTES(out, wanted);
  CHECK_OK(luqsim_luq_levels(x, 6, 40, alpha, inverse, &o, NULL, out));
  CHECK_BYTES(out, from_40);
  CHECK_OK(luqsim_random_lanes(1, 0, 0, 0, 0, random, 15));
  CHECK_OK(luqsim_luq_levels(x, 15, 0, alpha, inverse, &o, random, given));
  CHECK_BYTES(given, wanted);
  CHECK_OK(luqsim_luq_scale(0x1p-121F, NULL, &alpha, &inverse));
  CHECK(alpha == 0 && inverse == 0);
}

static void sawb(void) {
  static const uint8_t wanted[9] = {0xA3, 0x02, 0x00, 0x42, 0x0F, 0x07, 0x00, 0x6C, 0x00};
  static const uint8_t wanted_uint4[9] = {0x07, 0x03, 0x00, 0xA4, 0x00, 0x0F, 0x00, 0xC0, 0x00};
  static const uint8_t wanted_default[9] = {0xB2, 0x01, 0x00, 0x31, 0x00, 0x07, 0x00, 0x4D, 0x00};
  uint8_t codes[9];
  luqsim_sawb_result result;
  luqsim_sawb_options o = LUQSIM_SAWB_OPTIONS_INIT, filled;
  memset(&filled, 0xAA, sizeof filled);
  CHECK_OK(luqsim_sawb_options_init(&filled, sizeof filled));
  check_bytes(&filled, &o, sizeof o, "sawb options", __FILE__, __LINE__);
  CHECK_OK(luqsim_sawb_quantize(x, 3, 5, NULL, codes, 9, &result));
  CHECK_BYTES(codes, wanted_default);
  CHECK(result.scale == 0x1.b6db6ep-3F);
  o.c1 = 2.5, o.c2 = 1.0;
  CHECK_OK(luqsim_sawb_quantize(x, 3, 5, &o, codes, 9, &result));
  CHECK_BYTES(codes, wanted);
  CHECK(result.scale == 0x1.40f408p-3F && result.measured_max_abs == 1.5F);
  CHECK(result.count == 15 && result.exponent == 0);
  CHECK(result.sum == 770702 && result.sum_of_squares == 91416552210U);
  o.format = LUQSIM_FORMAT_UINT4;
  CHECK_OK(luqsim_sawb_quantize(x, 3, 5, &o, codes, 9, &result));
  CHECK_BYTES(codes, wanted_uint4);
  CHECK(result.scale == 0x1.2b8e6ep-4F);
}

// An int4 matrix that holds -8, and the codes of the first case of luq().
static const uint8_t weight[6] = {0x83, 0x00, 0x17, 0x0F, 0xC2, 0x05};
static const uint8_t gradient[9] = {0xE6, 0x14, 0x00, 0x65, 0x0B, 0x07, 0x09, 0x6D, 0x00};

static void codes(void) {
  static const int8_t weight_levels[9] = {3, -8, 0, 7, 1, -1, 2, -4, 5};
  static const int8_t gradient_values[15] = {32, -32, 8, 1, 0, 16, 32, -4, 0, 64, -1, 0, -16, 32, 0};
  static const float first_row[5] = {0.75F, -0.75F, 0.1875F, 0x1.8p-6F, 0.0F};
  uint8_t packed[6];
  int8_t values[15];
  float dequantized[15];
  size_t size = 0;
  CHECK_OK(luqsim_packed_size(3, 5, &size));
  CHECK(size == 9);
  CHECK_OK(luqsim_packed_size(0, SIZE_MAX, &size));
  CHECK(size == 0);
  CHECK_OK(luqsim_pack_levels(LUQSIM_FORMAT_INT4, 3, 3, weight_levels, packed, sizeof packed));
  CHECK_BYTES(packed, weight);
  CHECK_OK(luqsim_decode_values(LUQSIM_FORMAT_INT4, 3, 3, weight, 6, values, 9));
  CHECK_BYTES(values, weight_levels);
  CHECK_OK(luqsim_decode_values(LUQSIM_FORMAT_FP4_E3M0, 3, 5, gradient, 9, values, 15));
  CHECK_BYTES(values, gradient_values);
  CHECK_OK(luqsim_decode_values(LUQSIM_FORMAT_UINT4, SIZE_MAX, 0, NULL, 0, NULL, 0));
  CHECK_OK(luqsim_dequantize(LUQSIM_FORMAT_FP4_E3M0, 3, 5, gradient, 9, 0x1.8p-6F, dequantized, 15));
  CHECK_BYTES(dequantized, first_row);
}

static void random_numbers(void) {
  static const uint32_t counter[4] = {0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344},
                        key[2] = {0xA4093822, 0x299F31D0};
  static const uint32_t wanted[4] = {0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1};
  static const uint16_t lanes[12] = {0x96B8, 0x3EC3, 0x8C27, 0x1748, 0x6427, 0x66B6,
                                     0x26D9, 0xEB2C, 0x5F4D, 0x186E, 0x1E73, 0xD66E};
  uint32_t out[4];
  uint16_t seen[12];
  CHECK_OK(luqsim_philox4x32_10(counter, key, out));
  CHECK_BYTES(out, wanted);
  CHECK_OK(luqsim_random_lanes(1, 2, 3, 4, 8, seen, 12));
  CHECK_BYTES(seen, lanes);
}

static void elementary(void) {
  CHECK(luqsim_exp_nonpositive(0.0F) == 1.0F);
  CHECK(luqsim_exp_nonpositive(-88.0F) == 0.0F);
  CHECK(isnan(luqsim_exp_nonpositive(1.0F)));
  CHECK(fabs(luqsim_exp_nonpositive(-1.0F) - 0.36787944) < 1e-7);
  CHECK(luqsim_log_positive(1.0F) == 0.0F);
  CHECK(isnan(luqsim_log_positive(-1.0F)));
  CHECK(fabs(luqsim_log_positive(10.0F) - 2.30258509) < 1e-6);
}

void test_answers(void) {
  versions();
  maximum();
  luq();
  levels();
  sawb();
  codes();
  random_numbers();
  elementary();
}
