// Every layer's forward and backward pass against binary64 definitions and their central differences.
#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <tuple>

#include <gtest/gtest.h>

#include "layer.h"

namespace luqsim {
namespace {

using train::Matrix;
using train::Tensor;
using Values = std::vector<double>;
// Output of the layer for an input; weights (with bias last) are empty for a layer without.
using Definition = std::function<Values(const Values& x, const Values& weights)>;

Values widened(const std::vector<float>& x) { return {x.begin(), x.end()}; }

Matrix random_matrix(std::uint64_t rows, std::uint64_t cols, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> values(-1, 1);
  Matrix m(rows, cols);
  for (float& v : m.values) v = values(random);
  return m;
}

Values central_differences(const std::function<double(const Values&)>& f, Values at) {
  constexpr double step = 1e-4;
  Values slopes;
  for (double& x : at) {
    const double middle = x;
    x = middle + step;
    const double above = f(at);
    x = middle - step;
    slopes.push_back((above - f(at)) / (2 * step));
    x = middle;
  }
  return slopes;
}

void expect_near(const std::vector<float>& actual, const Values& expected, const char* what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 5e-6) << what << " " << i;
}

class Gradient : public testing::Test {
 protected:
  std::vector<float> weights_of(train::Layer& layer) {
    std::vector<float> all;
    layer.visit_weights([&](Tensor& w) {
      const Matrix host = backend_->download(w);
      all.insert(all.end(), host.values.begin(), host.values.end());
    });
    return all;
  }

  void fill_weights(train::Layer& layer, const std::function<float()>& value) {
    layer.visit_weights([&](Tensor& w) {
      Matrix host(w.rows, w.cols);
      std::ranges::generate(host.values, value);
      w = backend_->upload(host);
    });
  }

  void check(train::Layer& layer, const Matrix& x, const Definition& definition);

  std::unique_ptr<train::Backend> backend_ = train::make_cpu_backend();
};

void Gradient::check(train::Layer& layer, const Matrix& x, const Definition& definition) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-1, 1);
  fill_weights(layer, [&] { return uniform(random); });
  const Values weights = widened(weights_of(layer)), input = widened(x.values);

  const Matrix y = backend_->download(layer.forward(backend_->upload(x)));
  expect_near(y.values, definition(input, weights), "output");

  const Matrix slope = random_matrix(y.rows, y.cols, 8);  // of a loss: sum of slope * output
  const auto loss = [&](const Values& at, const Values& w) {
    const Values out = definition(at, w);
    double sum = 0;
    for (std::size_t i = 0; i < out.size(); ++i) sum += slope.values[i] * out[i];
    return sum;
  };
  const Matrix gradient = backend_->download(layer.backward(backend_->upload(slope), {}));
  EXPECT_EQ(gradient.rows, x.rows);
  EXPECT_EQ(gradient.cols, x.cols);
  expect_near(gradient.values, central_differences([&](const Values& at) { return loss(at, weights); }, input),
              "input");

  // From 0 a step of rate -1 moves the weights to the gradient itself.
  fill_weights(layer, [] { return 0.0F; });
  layer.update({-1, 0, 0});
  expect_near(weights_of(layer), central_differences([&](const Values& w) { return loss(input, w); }, weights),
              "weights");
}

struct Image {
  std::uint64_t n, h, w, c;
  std::uint64_t at(std::uint64_t i, std::uint64_t y, std::uint64_t x, std::uint64_t channel) const {
    return ((i * h + y) * w + x) * c + channel;
  }
};

// Weights: [kernel_y][kernel_x][channel][output], then the bias of each output.
Values convolution(const Im2col& g, std::uint64_t outputs, const Values& x, const Values& weights) {
  const Image in{g.n, g.h, g.w, g.c}, out{g.n, g.out_h(), g.out_w(), outputs};
  Values y(out.n * out.h * out.w * out.c);
  for (std::uint64_t i = 0; i < out.n; ++i)
    for (std::uint64_t oy = 0; oy < out.h; ++oy)
      for (std::uint64_t ox = 0; ox < out.w; ++ox)
        for (std::uint64_t o = 0; o < outputs; ++o) {
          double sum = weights[g.cols() * outputs + o];
          for (int ky = 0; ky < static_cast<int>(g.kernel_h); ++ky)
            for (int kx = 0; kx < static_cast<int>(g.kernel_w); ++kx) {
              const int iy = static_cast<int>(oy * g.stride) + ky - static_cast<int>(g.padding);
              const int ix = static_cast<int>(ox * g.stride) + kx - static_cast<int>(g.padding);
              if (iy < 0 || ix < 0 || iy >= static_cast<int>(g.h) || ix >= static_cast<int>(g.w)) continue;
              for (std::uint64_t c = 0; c < g.c; ++c) {
                const auto tap = static_cast<std::uint64_t>(ky) * g.kernel_w + static_cast<std::uint64_t>(kx);
                sum += x[in.at(i, static_cast<std::uint64_t>(iy), static_cast<std::uint64_t>(ix), c)] *
                       weights[(tap * g.c + c) * outputs + o];
              }
            }
          y[out.at(i, oy, ox, o)] = sum;
        }
  return y;
}

TEST_F(Gradient, Linear) {
  const auto layer = train::make_dense_layer(*backend_, {"fc", 5, 4});
  check(*layer, random_matrix(3, 5, 1), [](const Values& x, const Values& w) {
    Values y(12);
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 4; ++j) {
        y[i * 4 + j] = w[20 + j];
        for (std::size_t k = 0; k < 5; ++k) y[i * 4 + j] += x[i * 5 + k] * w[k * 4 + j];
      }
    return y;
  });
}

TEST_F(Gradient, Convolution) {
  for (const Im2col& g : {Im2col{2, 4, 5, 2, 3, 3, 1, 1}, Im2col{2, 5, 4, 3, 2, 3, 1, 0},
                          Im2col{1, 7, 6, 1, 3, 2, 2, 1}, Im2col{3, 1, 1, 2, 3, 3, 1, 1}}) {
    const auto layer = train::make_dense_layer(*backend_, {"conv", g.cols(), 3, g});
    check(*layer, random_matrix(std::uint64_t{g.n} * g.h * g.w, g.c, 2),
          [&g](const Values& x, const Values& w) { return convolution(g, 3, x, w); });
  }
}

TEST_F(Gradient, Relu) {
  const auto layer = train::make_relu(*backend_);
  check(*layer, random_matrix(6, 5, 3), [](const Values& x, const Values&) {
    Values y;
    for (const double v : x) y.push_back(std::fmax(v, 0));
    return y;
  });
}

TEST_F(Gradient, AveragePool) {
  const Image in{2, 4, 6, 3}, out{2, 2, 3, 3};
  const auto layer = train::make_average_pool(*backend_, 4, 6);
  check(*layer, random_matrix(2 * 4 * 6, 3, 4), [&](const Values& x, const Values&) {
    Values y(2 * 2 * 3 * 3);
    for (std::uint64_t i = 0; i < 2; ++i)
      for (std::uint64_t r = 0; r < 4; ++r)
        for (std::uint64_t q = 0; q < 6; ++q)
          for (std::uint64_t c = 0; c < 3; ++c) y[out.at(i, r / 2, q / 2, c)] += x[in.at(i, r, q, c)] / 4;
    return y;
  });
}

TEST_F(Gradient, Flatten) {
  const auto layer = train::make_flatten(4);
  check(*layer, random_matrix(8, 3, 5), [](const Values& x, const Values&) { return x; });
  EXPECT_EQ(layer->forward(backend_->upload(Matrix(8, 3))).rows, 2U);
}

Values layer_norm(std::size_t width, const Values& x, const Values& weights) {
  Values y(x.size());
  for (std::size_t i = 0; i < x.size(); i += width) {
    double mean = 0, variance = 0;
    for (std::size_t j = 0; j < width; ++j) mean += x[i + j] / static_cast<double>(width);
    for (std::size_t j = 0; j < width; ++j) variance += std::pow(x[i + j] - mean, 2) / static_cast<double>(width);
    for (std::size_t j = 0; j < width; ++j)
      y[i + j] = (x[i + j] - mean) / std::sqrt(variance + 1e-5) * weights[j] + weights[width + j];
  }
  return y;
}

TEST_F(Gradient, LayerNorm) {
  const auto layer = train::make_layer_norm(*backend_, 7);
  EXPECT_EQ(weights_of(*layer), (std::vector<float>{1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0}));
  check(*layer, random_matrix(5, 7, 9), [](const Values& x, const Values& w) { return layer_norm(7, x, w); });
}

// Rows (window, token), columns (query, key, value) x head x column.
Values attention(std::size_t windows, std::size_t context, std::size_t heads, std::size_t head_width, const Values& x) {
  const std::size_t width = heads * head_width;
  Values y(windows * context * width);
  for (std::size_t w = 0; w < windows; ++w)
    for (std::size_t h = 0; h < heads; ++h) {
      const auto at = [&](std::size_t part, std::size_t token, std::size_t d) {
        return x[(w * context + token) * 3 * width + part * width + h * head_width + d];
      };
      for (std::size_t i = 0; i < context; ++i) {
        Values e;
        double sum = 0;
        for (std::size_t j = 0; j <= i; ++j) {
          double score = 0;
          for (std::size_t d = 0; d < head_width; ++d) score += at(0, i, d) * at(1, j, d);
          e.push_back(std::exp(score / std::sqrt(static_cast<double>(head_width))));
          sum += e.back();
        }
        for (std::size_t j = 0; j <= i; ++j)
          for (std::size_t d = 0; d < head_width; ++d)
            y[(w * context + i) * width + h * head_width + d] += e[j] / sum * at(2, j, d);
      }
    }
  return y;
}

TEST_F(Gradient, CausalAttention) {
  for (const auto& [context, heads, head_width] :
       {std::tuple(4U, 2U, 3U), std::tuple(5U, 1U, 2U), std::tuple(1U, 3U, 1U)}) {
    const std::size_t c = context, h = heads, d = head_width;
    const auto layer = train::make_causal_attention(*backend_, {context, heads});
    check(*layer, random_matrix(3 * c, 3 * h * d, 10),
          [&](const Values& x, const Values&) { return attention(3, c, h, d, x); });
  }
}

TEST_F(Gradient, ResidualAroundASequence) {
  std::vector<std::unique_ptr<train::Layer>> inner;
  inner.push_back(train::make_layer_norm(*backend_, 4));
  inner.push_back(train::make_dense_layer(*backend_, {"fc", 4, 4}));
  const auto layer = train::make_residual(*backend_, train::make_sequence(std::move(inner)));
  check(*layer, random_matrix(3, 4, 11), [](const Values& x, const Values& w) {
    Values y = x;
    const Values normalized = layer_norm(4, x, w);
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 4; ++j) {
        y[i * 4 + j] += w[8 + 16 + j];
        for (std::size_t k = 0; k < 4; ++k) y[i * 4 + j] += normalized[i * 4 + k] * w[8 + k * 4 + j];
      }
    return y;
  });
}

TEST_F(Gradient, Embedding) {
  // 5 tokens, windows of 3, width 2.
  const auto input = train::make_embedding(*backend_, {5, 3, 2, 1, 0, 1});
  const std::vector<std::uint32_t> rows{4, 0, 4, 1, 4, 0};
  std::vector<Matrix> tables;
  input->visit_weights([&](Tensor& w) { tables.push_back(backend_->download(w)); });
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].rows, 5U);
  EXPECT_EQ(tables[1].rows, 3U);
  const Matrix y = backend_->download(input->forward(rows));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < 2; ++j)
      EXPECT_EQ(y.row(i)[j], tables[0].row(rows[i])[j] + tables[1].row(i % 3)[j]) << i;

  const Matrix slope = random_matrix(6, 2, 12);
  input->backward(backend_->upload(slope));
  std::vector<Values> expected{Values(10), Values(6)};
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < 2; ++j) {
      expected[0][rows[i] * 2 + j] += slope.row(i)[j];
      expected[1][i % 3 * 2 + j] += slope.row(i)[j];
    }
  input->visit_weights([&](Tensor& w) { w = backend_->upload(Matrix(w.rows, w.cols)); });
  input->update({-1, 0, 0});
  std::size_t table = 0;
  input->visit_weights([&](Tensor& w) { expect_near(backend_->download(w).values, expected[table++], "table"); });
}

TEST_F(Gradient, WhatDecays) {
  // With gradients of 0, a step of rate 1 and decay 1/2 halves what decays: weights and embeddings, but no bias or
  // gain.
  const auto halves = [&](train::Trainable& part) {
    std::vector<bool> halved;
    part.visit_weights([&](Tensor& w) {
      Matrix ones(w.rows, w.cols);
      std::ranges::fill(ones.values, 1.0F);
      w = backend_->upload(ones);
    });
    part.update({1, 0, 0.5F});
    part.visit_weights([&](Tensor& w) { halved.push_back(backend_->download(w).values[0] == 0.5F); });
    return halved;
  };
  const Tensor nothing = backend_->upload(Matrix(1, 3));
  const auto norm = train::make_layer_norm(*backend_, 3);
  norm->forward(nothing);
  norm->backward(nothing, {});
  EXPECT_EQ(halves(*norm), (std::vector<bool>{false, false}));
  const auto dense = train::make_dense_layer(*backend_, {"fc", 3, 3});
  dense->forward(nothing);
  dense->backward(nothing, {});
  EXPECT_EQ(halves(*dense), (std::vector<bool>{true, false}));
  const auto embedding = train::make_embedding(*backend_, {1, 1, 3, 1, 0, 1});
  embedding->forward(std::vector<std::uint32_t>{0});
  embedding->backward(nothing);
  EXPECT_EQ(halves(*embedding), (std::vector<bool>{true, true}));
}

TEST_F(Gradient, SoftmaxCrossEntropy) {
  const std::vector<std::uint8_t> labels{2, 0, 3};
  Matrix logits = random_matrix(3, 4, 6);
  for (float& z : logits.values) z *= 5;
  const auto loss = [&labels](const Values& z) {
    double total = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < 4; ++j) sum += std::exp(z[i * 4 + j]);
      total += std::log(sum) - z[i * 4 + labels[i]];
    }
    return total / 3;
  };
  const Values z = widened(logits.values);
  const Matrix gradient = backend_->download(backend_->softmax_cross_entropy(backend_->upload(logits), labels));
  const train::Loss result = backend_->finish_step();
  EXPECT_NEAR(result.mean, loss(z), 1e-5);
  expect_near(gradient.values, central_differences(loss, z), "logits");
}

}  // namespace
}  // namespace luqsim
