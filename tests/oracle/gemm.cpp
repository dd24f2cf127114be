#include "oracle/gemm.h"

namespace oracle {

std::vector<std::vector<Integer>> multiply(const Matrix& a, const Matrix& b) {
  const std::size_t cols = b.empty() ? 0 : b[0].size();
  std::vector<std::vector<Integer>> c(a.size(), std::vector<Integer>(cols, 0));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < cols; ++j)
      for (std::size_t k = 0; k < b.size(); ++k) c[i][j] += Integer(a[i][k]) * b[k][j];
  return c;
}

float output(const Integer& acc, float scale_a, float scale_b, unsigned samples) {
  const float product = round_binary32(exact(scale_a) * exact(scale_b));
  const float factor = samples == 1 ? product : round_binary32(exact(product) / samples);
  const float magnitude = round_binary32(exact(round_binary32(Rational(Integer(abs(acc))))) * exact(factor));
  return acc < 0 ? -magnitude : magnitude;
}

}  // namespace oracle
