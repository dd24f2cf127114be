// Order and rounding of the operations: inputs whose result shows another order, a fused product or a narrow sum.
#include "backend.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "luqsim/numerics/elementary.h"

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

TEST_F(Operations, GemmSumsManyInOrder) {
  // 2^24, ten ones that get lost, -2^24; and the other way round, where they count up to the end.
  Values x(12, 1);
  x.front() = big;
  x.back() = -big;
  const Tensor ones = tensor(12, 1, Values(12, 1));
  EXPECT_EQ(values(backend_->gemm(tensor(1, 12, x), ones)), Values{0});
  std::rotate(x.begin(), x.begin() + 1, x.end());
  EXPECT_EQ(values(backend_->gemm(tensor(1, 12, x), ones)), Values{10});
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

TEST_F(Operations, ScatterAddsRowsInOrder) {
  const std::vector<std::uint32_t> rows{2, 0, 2, 2, 0, 0};
  const Tensor x = tensor(6, 2, {big, 1, 1, 2, 1, 2, 1, 3, 1, 3, big, 4});
  EXPECT_EQ(values(backend_->scatter_add_rows(x, rows, 4)), (Values{big + 2, 9, 0, 0, big, 6, 0, 0}));
}

TEST_F(Operations, SumsOfNegativeZerosArePositive) {
  const std::vector<std::uint32_t> rows{0};
  EXPECT_FALSE(std::signbit(values(backend_->scatter_add_rows(tensor(1, 1, {-0.0F}), rows, 1))[0]));
  EXPECT_FALSE(std::signbit(values(backend_->column_sums_of_products(tensor(1, 1, {-0.0F}), tensor(1, 1, {1})))[0]));
}

TEST_F(Operations, AddsElementByElement) {
  EXPECT_EQ(values(backend_->add(tensor(2, 2, {1, 2, 3, big}), tensor(2, 2, {4, -2, 0.5F, 1}))),
            (Values{5, 0, 3.5F, big}));
}

TEST_F(Operations, SumsOfProductsFromTheFirstRow) {
  const Tensor twos = tensor(3, 2, {2, 2, 2, 2, 2, 2});
  EXPECT_EQ(values(backend_->column_sums_of_products(tensor(3, 2, {big, 1, 1, 1, 1, big}), twos)),
            (Values{2 * big, 2 * big + 4}));
  // As in GemmRoundsProducts.
  const float x = 1 + 0x1p-12F;
  EXPECT_EQ(values(backend_->column_sums_of_products(tensor(2, 1, {-(1 + 0x1p-11F), x}), tensor(2, 1, {1, x}))),
            Values{0});
}

TEST_F(Operations, LayerNormSumsFromTheFirstColumn) {
  const Tensor gain = tensor(1, 4, {1, 1, 1, 1}), bias = tensor(1, 4, {0, 0, 0, 0});
  // ((2^24 + 1) + 1) - 2^24 = 0: in another order the mean is 1/2.
  const train::NormalizedRows a = backend_->layer_norm(tensor(1, 4, {big, 1, 1, -big}), gain, bias);
  EXPECT_EQ(values(a.normalized)[1], values(a.inverse_deviation)[0]);
  // Squares: 2^24, 64 ones that get lost, 2^24; summed from the other end of size they would count.
  Values row(66, 1);
  for (std::size_t j = 2; j < 65; j += 2) row[j] = -1;
  row.front() = 4096;
  row.back() = -4096;
  const train::NormalizedRows b = backend_->layer_norm(tensor(1, 66, row), tensor(1, 66, row), tensor(1, 66, row));
  EXPECT_EQ(values(b.inverse_deviation), Values{1 / std::sqrt(2 * big / 66 + 1e-5F)});
  EXPECT_NE(values(b.inverse_deviation), Values{1 / std::sqrt((2 * big + 64) / 66 + 1e-5F)});
}

TEST_F(Operations, LayerNormDividesByTheWidth) {
  // 41 * (1 / 41) is not 1: a row of ones has mean 1 and becomes 0.
  const Tensor ones = tensor(1, 41, Values(41, 1));
  const train::NormalizedRows n = backend_->layer_norm(ones, ones, ones);
  EXPECT_EQ(values(n.normalized), Values(41, 0));
  EXPECT_EQ(values(n.output), Values(41, 1));
  EXPECT_EQ(values(n.inverse_deviation), Values{1 / std::sqrt(1e-5F)});
}

TEST_F(Operations, LayerNormRoundsTheProductWithTheGain) {
  // A row of -1 and 1, nearly: x * x rounds before the bias is added.
  const Tensor row = tensor(1, 2, {-1, 1});
  const float x = values(backend_->layer_norm(row, tensor(1, 2, {1, 1}), tensor(1, 2, {0, 0})).normalized)[1];
  const float gain = 1 + 0x1p-12F, product = x * gain;
  EXPECT_EQ(values(backend_->layer_norm(row, tensor(1, 2, {1, gain}), tensor(1, 2, {0, -product})).output)[1], 0);
}

TEST_F(Operations, LayerNormBackwardSumsFromTheFirstColumn) {
  const Tensor ones = tensor(1, 4, {1, 1, 1, 1}), zeros = tensor(1, 4, {0, 0, 0, 0}),
               g = tensor(1, 4, {big, 1, 1, -big});
  const Tensor one = tensor(1, 1, {1});
  // Both means are 0; in another order one of them is 1/2, of the gradient or of its products.
  EXPECT_EQ(values(backend_->layer_norm_backward(g, ones, {zeros, zeros, one})), (Values{big, 1, 1, -big}));
  const Tensor same = tensor(1, 4, {1, 1, 1, 1});
  EXPECT_EQ(values(backend_->layer_norm_backward(g, ones, {same, same, one})), (Values{big, 1, 1, -big}));
}

TEST_F(Operations, LayerNormBackwardSubtractsTheMeanFirst) {
  const Tensor ones = tensor(1, 2, {1, 1}), unit = tensor(1, 2, {1, -1}), one = tensor(1, 1, {1});
  // Means of g: -2^24 + 1/2, rounded to an even number; of g * unit: what follows by the same operations.
  const float g0 = 3, g1 = -2 * big;
  const float mean = (g0 + g1) / 2, slope = (g0 - g1) / 2;
  EXPECT_EQ(values(backend_->layer_norm_backward(tensor(1, 2, {g0, g1}), ones, {unit, unit, one})),
            (Values{(g0 - mean) - slope, (g1 - mean) + slope}));
}

// Attention of one head over one window whose columns are chosen one by one.
Tensor qkv(train::Backend& backend, std::uint64_t context, std::uint64_t width, const Values& q, const Values& k,
           const Values& v) {
  Matrix m(context, 3 * width);
  for (std::uint64_t i = 0; i < context; ++i)
    for (std::uint64_t d = 0; d < width; ++d) {
      m.row(i)[d] = q[i * width + d];
      m.row(i)[width + d] = k[i * width + d];
      m.row(i)[2 * width + d] = v[i * width + d];
    }
  return backend.upload(m);
}

const Values zeros4(4, 0), zeros8(8, 0);

TEST_F(Operations, AttentionSumsValuesFromTheFirstToken) {
  // Equal scores: 1/4 each.
  const train::Attention a =
      backend_->causal_attention(qkv(*backend_, 4, 1, zeros4, zeros4, {4 * big, 4, 4, -4 * big}), {4, 1});
  EXPECT_EQ(values(a.output)[3], 0);
  const Values p = values(a.probabilities);
  EXPECT_EQ(Values(p.begin() + 12, p.end()), Values(4, 0.25F));
}

TEST_F(Operations, AttentionSumsScoresFromTheFirstColumn) {
  // Row 1: ((2^24 + 1) + 1) - 2^24 = 0, as for the second token's zeros.
  const train::Attention a = backend_->causal_attention(
      qkv(*backend_, 2, 4, {0, 0, 0, 0, big, 1, 1, -big}, {1, 1, 1, 1, 0, 0, 0, 0}, zeros8), {2, 1});
  EXPECT_EQ(values(a.probabilities), (Values{1, 0, 0.5F, 0.5F}));
}

TEST_F(Operations, AttentionScalesTheSum) {
  // Scaled by 1 / sqrt(2) after the sum: 1 + 2^-23, the other order gives the rounding of each product.
  const float q = 1 + 0x1p-23F, scale = 1 / std::sqrt(2.0F), score = (q + q) * scale;
  const train::Attention a =
      backend_->causal_attention(qkv(*backend_, 2, 2, {0, 0, -q, -q}, {0, 0, 1, 1}, zeros4), {2, 1});
  const float e = exp_nonpositive(-score);
  EXPECT_EQ(values(a.probabilities), (Values{1, 0, 1 / (1 + e), e / (1 + e)}));
}

TEST_F(Operations, AttentionSeesNoLaterToken) {
  const Values ones(4, 1);
  const Tensor one = qkv(*backend_, 4, 1, ones, {1, 2, 3, 4}, {5, 6, 7, 8});
  const Tensor other = qkv(*backend_, 4, 1, ones, {1, 2, 3, 40}, {5, 6, 7, -80});
  const Values a = values(backend_->causal_attention(one, {4, 1}).output);
  const Values b = values(backend_->causal_attention(other, {4, 1}).output);
  EXPECT_TRUE(std::equal(a.begin(), a.begin() + 3, b.begin()));
  EXPECT_NE(a[3], b[3]);
  // In windows of 2 the second window does not see the first.
  const Values split = values(backend_->causal_attention(one, {2, 1}).output);
  EXPECT_EQ(split[2], 7);
}

TEST_F(Operations, AttentionBackwardSumsTokensInOrder) {
  // Probabilities 1/(i + 1); of the first value: 2^24 + 2/2 + 3/3 - 4 * 2^24 / 4 from the left.
  const Tensor in = qkv(*backend_, 4, 1, zeros4, zeros4, zeros4);
  const Tensor p = backend_->causal_attention(in, {4, 1}).probabilities;
  const Values g = values(backend_->causal_attention_backward(tensor(4, 1, {big, 2, 3, -4 * big}), in, p, {4, 1}));
  EXPECT_EQ(g[2], 0);
  EXPECT_EQ(g[5], (1 + 1) - big);
}

TEST_F(Operations, AttentionBackwardOfQueriesAndKeysSumsInOrder) {
  // Probabilities and values that make the slopes of the scores of row 3 exactly 1, 1, 1, -3 (times 1/4, from a
  // gradient of 4): (p_j * (4 v_j - mean)) with p = 1/4, v = 1, 1, 1, -3 and mean 0.
  const Tensor in = qkv(*backend_, 4, 1, {0, 0, 0, 1}, {big, 1, 1, 0}, {1, 1, 1, -3});
  const Tensor p = tensor(4, 4, {1, 0, 0, 0, 0.5F, 0.5F, 0, 0, 0, 0, 1, 0, 0.25F, 0.25F, 0.25F, 0.25F});
  const Values g = values(backend_->causal_attention_backward(tensor(4, 1, {0, 0, 0, 4}), in, p, {4, 1}));
  EXPECT_EQ(g[9], big);                                                 // of the last query: 2^24 + 1 + 1 from the left
  EXPECT_EQ((Values{g[1], g[4], g[7], g[10]}), (Values{1, 1, 1, -3}));  // of the keys: the slopes times the query
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
