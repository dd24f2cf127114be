// Order and rounding of the operations: inputs whose result shows another order, a fused product or a narrow sum.
#include "backend.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace luqsim {
namespace {

using train::Matrix;
using train::Quantized;

Matrix matrix(std::uint64_t rows, std::uint64_t cols, std::vector<float> values) {
  Matrix m(rows, cols);
  m.values = std::move(values);
  return m;
}

// 2^24 + 1 + 1 from the left keeps 2^24, from the right it gives 2^24 + 2.
constexpr float big = 0x1p24F;

class Operations : public testing::Test {
 protected:
  std::unique_ptr<train::Backend> backend_ = train::make_cpu_backend();
};

TEST_F(Operations, GemmSumsFromTheFirstK) {
  const Matrix ones = matrix(3, 1, {1, 1, 1});
  EXPECT_EQ(backend_->gemm(matrix(1, 3, {big, 1, 1}), ones).values[0], big);
  EXPECT_EQ(backend_->gemm(matrix(1, 3, {1, 1, big}), ones).values[0], big + 2);
}

TEST_F(Operations, GemmRoundsProducts) {
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24 rounds to 1 + 2^-11; fused with the addition 2^-24 would remain.
  const float x = 1 + 0x1p-12F;
  EXPECT_EQ(backend_->gemm(matrix(1, 2, {-(1 + 0x1p-11F), x}), matrix(2, 1, {1, x})).values[0], 0.0F);
}

TEST_F(Operations, ColumnSumsFromTheFirstRow) {
  EXPECT_EQ(backend_->column_sums(matrix(3, 2, {big, 1, 1, 1, 1, big})), (std::vector<float>{big, big + 2}));
}

TEST_F(Operations, PoolAddsRowsThenTheirSums) {
  // (2^24 + 1) + (1 + 1): 2^24 + 2; from the left it would be 2^24.
  EXPECT_EQ(backend_->average_pool(matrix(4, 1, {big, 1, 1, 1}), 2, 2).values[0], (big + 2) / 4);
}

TEST_F(Operations, Col2imAddsPatchesInOrder) {
  // A 1 x 3 image, kernel 1 x 3, padding would move it: three patches of a 1 x 5 image meet at its middle pixel.
  const Im2col g{1, 1, 5, 1, 1, 3, 1, 0};
  const Matrix columns = matrix(3, 3, {0, 0, big, 0, 1, 0, 1, 0, 0});
  EXPECT_EQ(backend_->col2im(columns, g).values, (std::vector<float>{0, 0, big, 0, 0}));
  const Matrix reversed = matrix(3, 3, {0, 0, 1, 0, 1, 0, big, 0, 0});
  EXPECT_EQ(backend_->col2im(reversed, g).values, (std::vector<float>{0, 0, big + 2, 0, 0}));
}

TEST_F(Operations, SgdRoundsEveryOperation) {
  std::vector<float> w{1 + 0x1p-12F}, v{1 + 0x1p-12F};
  const std::vector<float> g{-(1 + 0x1p-11F)};
  // decay * w and momentum * v both round to 1 + 2^-11: the sum is 0 + (1 + 2^-11), not a fused 2^-24 more.
  backend_->sgd(w, v, g, 1, 1 + 0x1p-12F, 1 + 0x1p-12F);
  EXPECT_EQ(v[0], 1 + 0x1p-11F);
  EXPECT_EQ(w[0], 0x1p-12F - 0x1p-11F);
}

TEST_F(Operations, ReluOfNegativeZeroAndBackwardAtZero) {
  Matrix x = matrix(1, 3, {-0.0F, 2, -2});
  backend_->relu(x);
  EXPECT_EQ(x.values, (std::vector<float>{0, 2, 0}));
  EXPECT_FALSE(std::signbit(x.values[0]));
  Matrix gradient = matrix(1, 3, {5, 6, 7});
  backend_->relu_backward(gradient, x);
  EXPECT_EQ(gradient.values, (std::vector<float>{0, 6, 0}));
}

TEST_F(Operations, CountsTheFirstOfEqualLogits) {
  const std::vector<std::uint8_t> first{1}, second{2};
  const Matrix logits = matrix(1, 3, {0, 4, 4});
  Matrix gradient;
  EXPECT_EQ(backend_->softmax_cross_entropy(logits, first, gradient).correct, 1U);
  EXPECT_EQ(backend_->softmax_cross_entropy(logits, second, gradient).correct, 0U);
}

Quantized constant(Format format, std::uint64_t rows, std::uint64_t cols, std::int8_t level, std::size_t samples) {
  Quantized q;
  q.operand.format = format;
  q.operand.rows = rows;
  q.operand.cols = cols;
  const std::vector<std::int8_t> levels(rows * cols, level);
  for (std::size_t s = 0; s < samples; ++s) q.codes.push_back(pack_levels(format, rows, cols, levels));
  return q;
}

TEST_F(Operations, SamplesAreAveragedIn64Bits) {
  // 960 * (2^21 - 1) fits 32 bits; twice that does not.
  constexpr std::uint64_t k = (1U << 21) - 1;
  const Quantized a = constant(Format::uint4, 1, k, 15, 1), d = constant(Format::fp4_e3m0, k, 1, 7, 2);
  EXPECT_EQ(backend_->gemm_codes(a, d).values[0], static_cast<float>(960.0 * k));
}

TEST_F(Operations, QuantizersRefuseNonFiniteTensors) {
  const Matrix bad = matrix(1, 2, {1, std::numeric_limits<float>::infinity()});
  EXPECT_THROW(backend_->quantize_sawb(bad, {}), train::NonFinite);
  EXPECT_THROW(backend_->quantize_luq(bad, {}, 1), train::NonFinite);
}

}  // namespace
}  // namespace luqsim
