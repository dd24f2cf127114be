// Known answers of the GEMM, from the same NumPy implementation.
#include "check.h"

// Operands of which answers.c tests the packing: int4 3 x 3, fp4_e3m0 3 x 5, and the first four columns of that.
static const uint8_t weight[6] = {0x83, 0x00, 0x17, 0x0F, 0xC2, 0x05};
static const uint8_t gradient[9] = {0xE6, 0x14, 0x00, 0x65, 0x0B, 0x07, 0x09, 0x6D, 0x00};
static const uint8_t gradient_of_4[6] = {0xE6, 0x14, 0x65, 0x0B, 0x09, 0x6D};

void test_gemm_answers(void) {
  static const int32_t wanted[12] = {-32, -352, 56, 3, 241, -192, 68, -25, -5, -192, -48, 162};
  static const float scaled[4] = {-0x1.333334p-4F, -0x1.a66668p-1F, 0x1.0cccce00p-3F, 0x1.ccccce00p-8F};
  static const int64_t wide[2] = {5000000000, -3};
  const luqsim_code_matrix a = {weight, 6, 3, 3, LUQSIM_FORMAT_INT4, 0};
  const luqsim_code_matrix b = {gradient_of_4, 6, 3, 4, LUQSIM_FORMAT_FP4_E3M0, 0};
  const luqsim_code_matrix none = {NULL, 0, 3, 0, LUQSIM_FORMAT_INT4, 0},
                           none_b = {NULL, 0, 0, 5, LUQSIM_FORMAT_INT4, 0};
  int32_t sums[12], zeros[15];
  float out[12], again[12], wide_out[2], scale = 0;
  int i;
  CHECK_OK(luqsim_gemm(&a, &b, sums, 12));
  CHECK_BYTES(sums, wanted);
  CHECK_OK(luqsim_output_scale(0.1F, 0x1.8p-6F, 1, &scale));
  CHECK(scale == 0x1.333334p-9F);
  CHECK_OK(luqsim_gemm_scaled(&a, &b, scale, out, 12));
  CHECK_BYTES(out, scaled);
  CHECK_OK(luqsim_scale_output(sums, 12, scale, again));
  CHECK_BYTES(again, out);
  CHECK_OK(luqsim_scale_output_i64(wide, 2, 0.5F, wide_out));
  CHECK(wide_out[0] == 2500000000.0F && wide_out[1] == -1.5F);
  CHECK_OK(luqsim_output_scale(0.1F, 0x1.8p-6F, 3, &scale));
  CHECK(scale == 0x1.99999ap-11F);
  // K = 0: sums are 0.
  CHECK_OK(luqsim_gemm(&none, &none_b, zeros, 15));
  for (i = 0; i < 15; ++i) CHECK(zeros[i] == 0);
}

// Apart, because valgrind.supp names this function: oneDNN pads an odd number of columns.
void test_gemm_answers_of_odd_width(void) {
  static const int32_t wanted[15] = {-32, -352, 56, 3, -512, 241, -192, 68, -25, 64, -5, -192, -48, 162, -256};
  static const int32_t wanted_t[15] = {206, -236, -21, 128, 288, -32, -36, -4, -76, 67, -136, 160, 448, 64, -64};
  static const float scaled[5] = {-0x1.333334p-4F, -0x1.a66668p-1F, 0x1.0cccce00p-3F, 0x1.ccccce00p-8F,
                                  -0x1.333334p+0F};
  const luqsim_code_matrix a = {weight, 6, 3, 3, LUQSIM_FORMAT_INT4, 0};
  luqsim_code_matrix b = {gradient, 9, 3, 5, LUQSIM_FORMAT_FP4_E3M0, 0};
  int32_t sums[15];
  float out[15];
  CHECK_OK(luqsim_gemm(&a, &b, sums, 15));
  CHECK_BYTES(sums, wanted);
  CHECK_OK(luqsim_gemm_scaled(&a, &b, 0x1.333334p-9F, out, 15));
  CHECK_BYTES(out, scaled);
  // The transpose of b, as stored, times a.
  b.transposed = 1;
  CHECK_OK(luqsim_gemm(&b, &a, sums, 15));
  CHECK_BYTES(sums, wanted_t);
}
