// Order and rounding of the operations: inputs whose result shows another order, a fused product or a narrow sum.
#include "backend.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace luqsim {
namespace {

using train::Matrix;
using train::Quantized;
using train::Tensor;
using Values = std::vector<float>;

// 2^24 + 1 + 1 from the left keeps 2^24, from the right it gives 2^24 + 2.
constexpr float big = 0x1p24F;

class Operations : public testing::Test {
 protected:
  Tensor tensor(std::uint64_t rows, std::uint64_t cols, Values values) {
    Matrix m(rows, cols);
    m.values = std::move(values);
    return backend_->upload(m);
  }
  Values values(const Tensor& x) { return backend_->download(x).values; }

  std::unique_ptr<train::Backend> backend_ = train::make_cpu_backend();
};

TEST_F(Operations, GemmSumsFromTheFirstK) {
  const Tensor ones = tensor(3, 1, {1, 1, 1});
  EXPECT_EQ(values(backend_->gemm(tensor(1, 3, {big, 1, 1}), ones)), Values{big});
  EXPECT_EQ(values(backend_->gemm(tensor(1, 3, {1, 1, big}), ones)), Values{big + 2});
}

TEST_F(Operations, GemmRoundsProducts) {
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24 rounds to 1 + 2^-11; fused with the addition 2^-24 would remain.
  const float x = 1 + 0x1p-12F;
  EXPECT_EQ(values(backend_->gemm(tensor(1, 2, {-(1 + 0x1p-11F), x}), tensor(2, 1, {1, x}))), Values{0});
}

TEST_F(Operations, ColumnSumsFromTheFirstRow) {
  EXPECT_EQ(values(backend_->column_sums(tensor(3, 2, {big, 1, 1, 1, 1, big}))), (Values{big, big + 2}));
}

TEST_F(Operations, PoolAddsRowsThenTheirSums) {
  // (2^24 + 1) + (1 + 1): 2^24 + 2; from the left it would be 2^24.
  EXPECT_EQ(values(backend_->average_pool(tensor(4, 1, {big, 1, 1, 1}), 2, 2)), Values{(big + 2) / 4});
}

TEST_F(Operations, Col2imAddsPatchesInOrder) {
  // A 1 x 3 image, kernel 1 x 3, padding would move it: three patches of a 1 x 5 image meet at its middle pixel.
  const Im2col g{1, 1, 5, 1, 1, 3, 1, 0};
  const Tensor columns = tensor(3, 3, {0, 0, big, 0, 1, 0, 1, 0, 0});
  EXPECT_EQ(values(backend_->col2im(columns, g)), (Values{0, 0, big, 0, 0}));
  const Tensor reversed = tensor(3, 3, {0, 0, 1, 0, 1, 0, big, 0, 0});
  EXPECT_EQ(values(backend_->col2im(reversed, g)), (Values{0, 0, big + 2, 0, 0}));
}

TEST_F(Operations, GathersRowsAgainAndAgain) {
  const std::vector<std::uint32_t> rows{2, 0, 2};
  EXPECT_EQ(values(backend_->gather_rows(tensor(3, 2, {1, 2, 3, 4, 5, 6}), rows)), (Values{5, 6, 1, 2, 5, 6}));
}

TEST_F(Operations, SgdRoundsEveryOperation) {
  Tensor w = tensor(1, 1, {1 + 0x1p-12F}), v = w;
  const Tensor before = w, g = tensor(1, 1, {-(1 + 0x1p-11F)});
  // decay * w and momentum * v both round to 1 + 2^-11: the sum is 0 + (1 + 2^-11), not a fused 2^-24 more.
  backend_->sgd(w, v, g, {1, 1 + 0x1p-12F, 1 + 0x1p-12F});
  EXPECT_EQ(values(v), Values{1 + 0x1p-11F});
  EXPECT_EQ(values(w), Values{0x1p-12F - 0x1p-11F});
  EXPECT_EQ(values(before), Values{1 + 0x1p-12F}) << "who still holds the old weights sees them unchanged";
}

TEST_F(Operations, ReluOfNegativeZeroAndBackwardAtZero) {
  const Tensor y = backend_->relu(tensor(1, 3, {-0.0F, 2, -2}));
  EXPECT_EQ(values(y), (Values{0, 2, 0}));
  EXPECT_FALSE(std::signbit(values(y)[0]));
  EXPECT_EQ(values(backend_->relu_backward(tensor(1, 3, {5, 6, 7}), y)), (Values{0, 6, 0}));
}

TEST_F(Operations, CountsTheFirstOfEqualLogits) {
  const std::vector<std::uint8_t> first{1}, second{2};
  const Tensor logits = tensor(1, 3, {0, 4, 4});
  backend_->softmax_cross_entropy(logits, first);
  EXPECT_EQ(backend_->finish_step().correct, 1U);
  backend_->softmax_cross_entropy(logits, second);
  EXPECT_EQ(backend_->finish_step().correct, 0U);
}

// Codes of one level, quantized with scale 1.
Tensor of_ones(train::Backend& backend, std::uint64_t rows, std::uint64_t cols, float value) {
  Matrix m(rows, cols);
  std::ranges::fill(m.values, value);
  return backend.upload(m);
}

TEST_F(Operations, SamplesAreAveragedIn64Bits) {
  // 960 * (2^21 - 1) fits 32 bits; twice that does not. 15 and 64 are the largest levels, of scales near and of 1.
  constexpr std::uint64_t k = (1U << 21) - 1;
  const Quantized a = backend_->quantize_sawb(of_ones(*backend_, 1, k, 15), {.format = Format::uint4, .c1 = 0});
  const Quantized d = backend_->quantize_luq(of_ones(*backend_, k, 1, 64), {}, nullptr, 2);
  EXPECT_EQ(values(a.statistics), (Values{15, 15, 1}));
  EXPECT_EQ(values(d.statistics), (Values{64, 64, 1}));
  EXPECT_EQ(values(backend_->gemm_codes(a, d).values), Values{static_cast<float>(960.0 * k)});
}

TEST_F(Operations, QuantizersRefuseNonFiniteTensors) {
  const Tensor bad = tensor(1, 2, {1, std::numeric_limits<float>::infinity()});
  const auto refused = [this](auto quantize) { EXPECT_THROW((quantize(), backend_->finish_step()), train::NonFinite); };
  refused([&] { backend_->quantize_sawb(bad, {}); });
  refused([&] { backend_->quantize_luq(bad, {}, nullptr, 1); });
}

}  // namespace
}  // namespace luqsim
