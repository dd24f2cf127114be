#include <luqsim.h>
#include <stdio.h>

int main(void) {
  const float weight[6] = {0.1F, -0.2F, 0.3F, 0.7F, -0.5F, 0.25F};     // 2 x 3
  const float gradient[6] = {1.0F, -0.5F, 0.01F, 0.3F, 0.125F, 0.0F};  // 2 x 3
  uint8_t weight_codes[4], gradient_codes[4];                          // two codes a byte: 2 rows of 2 bytes
  luqsim_sawb_result w;
  luqsim_luq_result g;
  luqsim_luq_options options = LUQSIM_LUQ_OPTIONS_INIT;
  options.seed = 1;
  if (luqsim_sawb_quantize(weight, 2, 3, NULL, weight_codes, sizeof weight_codes, &w) != LUQSIM_OK ||
      luqsim_luq_quantize(gradient, 2, 3, &options, gradient_codes, sizeof gradient_codes, &g) != LUQSIM_OK) {
    fprintf(stderr, "%s\n", luqsim_last_error());
    return 1;
  }

  // weight times gradient transposed: 2 x 2.
  const luqsim_code_matrix a = {weight_codes, sizeof weight_codes, 2, 3, LUQSIM_FORMAT_INT4, 0};
  const luqsim_code_matrix b = {gradient_codes, sizeof gradient_codes, 2, 3, g.format, 1};
  int32_t sums[4];
  float scale;
  if (luqsim_gemm(&a, &b, sums, 4) != LUQSIM_OK || luqsim_output_scale(w.scale, g.alpha, 1, &scale) != LUQSIM_OK) {
    fprintf(stderr, "%s\n", luqsim_last_error());
    return 1;
  }
  printf("weight scale %g, gradient alpha %g\n", (double)w.scale, (double)g.alpha);
  printf("sums %d %d / %d %d, each times %g\n", sums[0], sums[1], sums[2], sums[3], (double)scale);

  if (luqsim_luq_quantize(gradient, 2, 3, &options, gradient_codes, 1, &g) != LUQSIM_OK)
    printf("%s\n", luqsim_last_error());
  return 0;
}
