#include <algorithm>
#include <cmath>

#include "luqsim/numerics/elementary.h"
#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/operand.h"
#include "luqsim/traces/trace.h"

#include "backend.h"
#include "cpu_accumulator.h"
#include "cpu_attention.h"
#include "cpu_draft.h"
#include "cpu_images.h"

namespace luqsim::train {
namespace {

using Index = std::int64_t;  // OpenMP loops

void require_finite(const MaxAbs& measured) {
  if (measured.status != QuantizeStatus::ok) throw NonFinite("a tensor to quantize holds NaN or infinity");
}

std::span<const float> values(const Tensor& x) { return {x.data.get(), x.size()}; }

CodeView view(const Codes& codes) { return {codes.format, codes.rows, codes.cols, {codes.bytes.get(), codes.size()}}; }

Codes handed_over(CodeTensor&& codes) {
  const auto owner = std::make_shared<CodeTensor>(std::move(codes));
  return {owner->format, owner->rows, owner->cols, std::shared_ptr<const std::uint8_t[]>(owner, owner->bytes.data())};
}

Tensor statistics(float measured, float used, float scale) {
  Draft out(1, statistic_count);
  out.values()[measured_max_abs] = measured;
  out.values()[used_max_abs] = used;
  out.values()[used_scale] = scale;
  return std::move(out).done();
}

// Host memory is where the values are already.
class NoDownload : public Download {
 public:
  NoDownload(std::shared_ptr<const void> data, std::size_t bytes) : data_(std::move(data)), bytes_(bytes) {}
  std::span<const std::byte> wait() override { return {static_cast<const std::byte*>(data_.get()), bytes_}; }

 private:
  std::shared_ptr<const void> data_;
  std::size_t bytes_;
};

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(std::optional<AccumulatorKind> accumulator) : accumulator_(accumulator) {}

  Tensor upload(const Matrix& x) override {
    return elementwise(x.rows, x.cols, [&](std::size_t i) { return x.values[i]; });
  }

  std::unique_ptr<Download> download_later(std::shared_ptr<const void> data, std::size_t bytes) override {
    return std::make_unique<NoDownload>(std::move(data), bytes);
  }

  Quantized quantize_sawb(const Tensor& x, const SawbConfig& config) override {
    SawbResult result = sawb_quantize(values(x), x.rows, x.cols, config);
    require_finite(result.measured);
    const float max_abs = result.measured.max_abs;
    return {stored_as(x, config.format, SawbQuantization{config}),
            {handed_over(std::move(result.codes))},
            statistics(max_abs, max_abs, result.scale)};
  }

  Quantized quantize_luq(const Tensor& x, const LuqQuantization& luq, const Tensor* estimate,
                         std::uint32_t samples) override {
    Quantized q{stored_as(x, luq_format(luq.config), luq), {}, {}};
    const std::optional<float> used = estimate == nullptr ? std::nullopt : std::optional(estimate->data[0]);
    for (std::uint32_t s = 0; s < samples; ++s) {
      RandomStream stream = luq.stream;
      stream.sample += s;
      LuqResult result = luq_quantize(values(x), x.rows, x.cols, luq.config, stream, used);
      require_finite(result.measured);
      q.codes.push_back(handed_over(std::move(result.codes)));
      q.statistics = statistics(result.measured.max_abs, result.estimate, result.scale.alpha);
    }
    return q;
  }

  Tensor next_estimate(const Quantized& q, float eta) override {
    const float* s = q.statistics.data.get();
    return elementwise(1, 1, [&](std::size_t) { return hindsight_max_abs(s[measured_max_abs], s[used_max_abs], eta); });
  }

  GemmOutput gemm_codes(const Quantized& a, const Quantized& b) override {
    const MatrixShape left = matrix_shape(a.operand), right = matrix_shape(b.operand);
    const std::size_t samples = std::max(a.codes.size(), b.codes.size());
    const float scale =
        output_scale(a.statistics.data[used_scale], b.statistics.data[used_scale], static_cast<std::uint32_t>(samples));
    std::vector<std::int8_t> x(left.rows * left.cols), y(right.rows * right.cols);
    const auto read_sample = [&](std::size_t s) {
      read_block(a.operand, view(a.codes[s % a.codes.size()]), 0, left.rows, 0, left.cols, x);
      read_block(b.operand, view(b.codes[s % b.codes.size()]), 0, right.rows, 0, right.cols, y);
    };
    if (accumulator_) {
      AccumulatedSums sums(*accumulator_, left.rows, right.cols);
      for (std::size_t s = 0; s < samples; ++s) {
        read_sample(s);
        sums.add(x, y, left.cols);
      }
      const std::vector<float> v = sums.values();
      return {elementwise(left.rows, right.cols, [&](std::size_t i) { return v[i] * scale; }), name_of(*accumulator_)};
    }
    std::vector<std::int32_t> sums(left.rows * right.cols);
    std::vector<std::int64_t> total(samples > 1 ? sums.size() : 0);  // several samples may outgrow 32 bits
    for (std::size_t s = 0; s < samples; ++s) {
      read_sample(s);
      gemm_s8s8s32({x.data(), left.rows, left.cols, left.cols}, {y.data(), right.rows, right.cols, right.cols}, sums);
      for (std::size_t i = 0; i < total.size(); ++i) total[i] += sums[i];
    }
    Draft out(left.rows, right.cols);
    if (samples > 1)
      scale_output(total, scale, out.values());
    else
      scale_output(sums, scale, out.values());
    return {std::move(out).done(), "gemm_s8s8s32"};
  }

  Tensor gemm(const Tensor& a, const Tensor& b) override {
    Draft out(a.rows, b.cols);
#pragma omp parallel for
    for (Index i = 0; i < static_cast<Index>(a.rows); ++i) {
      float* sums = out.row(static_cast<std::uint64_t>(i));
      const float* left = a.row(static_cast<std::uint64_t>(i));
      std::uint64_t k = 0;
      for (; k + 4 <= a.cols; k += 4) {  // four at once, in their order, spare three passes over the sums
        const float *l = left + k, *r0 = b.row(k), *r1 = b.row(k + 1), *r2 = b.row(k + 2), *r3 = b.row(k + 3);
        for (std::uint64_t j = 0; j < b.cols; ++j)
          sums[j] = (((sums[j] + l[0] * r0[j]) + l[1] * r1[j]) + l[2] * r2[j]) + l[3] * r3[j];
      }
      for (; k < a.cols; ++k) {
        const float* right = b.row(k);
        for (std::uint64_t j = 0; j < b.cols; ++j) sums[j] = sums[j] + left[k] * right[j];
      }
    }
    return std::move(out).done();
  }

  Tensor transpose(const Tensor& x) override {
    Draft out(x.cols, x.rows);
    for (std::uint64_t i = 0; i < x.rows; ++i)
      for (std::uint64_t j = 0; j < x.cols; ++j) out.row(j)[i] = x.row(i)[j];
    return std::move(out).done();
  }

  Tensor im2col(const Tensor& x, const Im2col& g) override { return cpu_im2col(x, g); }
  Tensor col2im(const Tensor& columns, const Im2col& g) override { return cpu_col2im(columns, g); }

  Tensor gather_rows(const Tensor& table, std::span<const std::uint32_t> rows) override {
    Draft out(rows.size(), table.cols);
    for (std::size_t i = 0; i < rows.size(); ++i) std::copy_n(table.row(rows[i]), table.cols, out.row(i));
    return std::move(out).done();
  }

  Tensor scatter_add_rows(const Tensor& x, std::span<const std::uint32_t> rows, std::uint64_t table_rows) override {
    Draft out(table_rows, x.cols);
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::uint64_t j = 0; j < x.cols; ++j) out.row(rows[i])[j] = out.row(rows[i])[j] + x.row(i)[j];
    return std::move(out).done();
  }

  Tensor add(const Tensor& a, const Tensor& b) override {
    return elementwise(a.rows, a.cols, [x = a.data.get(), y = b.data.get()](std::size_t i) { return x[i] + y[i]; });
  }

  Tensor add_bias(const Tensor& x, const Tensor& bias) override {
    Draft out(x.rows, x.cols);
    for (std::uint64_t i = 0; i < x.rows; ++i)
      for (std::uint64_t j = 0; j < x.cols; ++j) out.row(i)[j] = x.row(i)[j] + bias.data[j];
    return std::move(out).done();
  }

  Tensor column_sums(const Tensor& x) override {
    Draft sums(1, x.cols);
    for (std::uint64_t i = 0; i < x.rows; ++i)
      for (std::uint64_t j = 0; j < x.cols; ++j) sums.row(0)[j] = sums.row(0)[j] + x.row(i)[j];
    return std::move(sums).done();
  }

  Tensor column_sums_of_products(const Tensor& a, const Tensor& b) override {
    Draft sums(1, a.cols);
    for (std::uint64_t i = 0; i < a.rows; ++i)
      for (std::uint64_t j = 0; j < a.cols; ++j) sums.row(0)[j] = sums.row(0)[j] + a.row(i)[j] * b.row(i)[j];
    return std::move(sums).done();
  }

  Tensor relu(const Tensor& x) override {
    return elementwise(x.rows, x.cols, [v = x.data.get()](std::size_t i) { return v[i] > 0 ? v[i] : 0.0F; });
  }

  Tensor relu_backward(const Tensor& gradient, const Tensor& output) override {
    return elementwise(gradient.rows, gradient.cols, [g = gradient.data.get(), y = output.data.get()](std::size_t i) {
      const float passed = g[i];  // read in any case: a select, not a branch
      return y[i] > 0 ? passed : 0.0F;
    });
  }

  Tensor average_pool(const Tensor& x, std::uint32_t h, std::uint32_t w) override { return cpu_average_pool(x, h, w); }
  Tensor average_pool_backward(const Tensor& gradient, std::uint32_t h, std::uint32_t w) override {
    return cpu_average_pool_backward(gradient, h, w);
  }

  NormalizedRows layer_norm(const Tensor& x, const Tensor& gain, const Tensor& bias) override {
    Draft output(x.rows, x.cols), normalized(x.rows, x.cols), inverse_deviation(x.rows, 1);
    const float n = static_cast<float>(x.cols);
    for (std::uint64_t i = 0; i < x.rows; ++i) {
      const float* row = x.row(i);
      float* unit = normalized.row(i);
      float sum = 0, squares = 0;
      for (std::uint64_t j = 0; j < x.cols; ++j) sum = sum + row[j];
      const float mean = sum / n;
      for (std::uint64_t j = 0; j < x.cols; ++j) {
        unit[j] = row[j] - mean;
        squares = squares + unit[j] * unit[j];
      }
      const float inverse = 1.0F / std::sqrt(squares / n + layer_norm_epsilon);
      inverse_deviation.row(i)[0] = inverse;
      for (std::uint64_t j = 0; j < x.cols; ++j) {
        unit[j] = unit[j] * inverse;
        output.row(i)[j] = unit[j] * gain.data[j] + bias.data[j];
      }
    }
    return {std::move(output).done(), std::move(normalized).done(), std::move(inverse_deviation).done()};
  }

  Tensor layer_norm_backward(const Tensor& gradient, const Tensor& gain, const NormalizedRows& forward) override {
    Draft out(gradient.rows, gradient.cols);
    const float n = static_cast<float>(gradient.cols);
    for (std::uint64_t i = 0; i < gradient.rows; ++i) {
      const float* unit = forward.normalized.row(i);
      float* g = out.row(i);
      float sum = 0, products = 0;
      for (std::uint64_t j = 0; j < gradient.cols; ++j) {
        g[j] = gradient.row(i)[j] * gain.data[j];
        sum = sum + g[j];
        products = products + g[j] * unit[j];
      }
      const float mean = sum / n, slope = products / n, inverse = forward.inverse_deviation.data[i];
      for (std::uint64_t j = 0; j < gradient.cols; ++j) g[j] = ((g[j] - mean) - unit[j] * slope) * inverse;
    }
    return std::move(out).done();
  }

  Attention causal_attention(const Tensor& qkv, const AttentionShape& shape) override {
    const std::uint64_t width = qkv.cols / 3, context = shape.context;
    Draft output(qkv.rows, width), probabilities(qkv.rows * shape.heads, context);
    for_each_head(qkv, shape, [&](std::uint64_t row, std::uint64_t column, std::uint64_t first_probability) {
      attend({context, width / shape.heads}, head_rows(qkv.row(row) + column, width),
             probabilities.row(first_probability), {output.row(row) + column, width});
    });
    return {std::move(output).done(), std::move(probabilities).done()};
  }

  Tensor causal_attention_backward(const Tensor& gradient, const Tensor& qkv, const Tensor& probabilities,
                                   const AttentionShape& shape) override {
    const std::uint64_t width = qkv.cols / 3, context = shape.context;
    Draft out(qkv.rows, qkv.cols);
    for_each_head(qkv, shape, [&](std::uint64_t row, std::uint64_t column, std::uint64_t first_probability) {
      attend_backward({context, width / shape.heads}, {gradient.row(row) + column, width},
                      head_rows(qkv.row(row) + column, width), probabilities.row(first_probability),
                      head_rows(out.row(row) + column, width));
    });
    return std::move(out).done();
  }

  Tensor softmax_cross_entropy(const Tensor& logits, std::span<const std::uint8_t> labels) override {
    Draft gradient(logits.rows, logits.cols);
    const float per_row = 1.0F / static_cast<float>(logits.rows);
    loss_ = {};
    float total = 0;
    for (std::uint64_t i = 0; i < logits.rows; ++i) {
      const std::span<const float> z(logits.row(i), logits.cols);
      const std::span<float> g(gradient.row(i), logits.cols);
      const auto top = std::ranges::max_element(z);
      float sum = 0;
      for (std::size_t j = 0; j < z.size(); ++j) {
        g[j] = exp_nonpositive(z[j] - *top);
        sum = sum + g[j];
      }
      for (std::size_t j = 0; j < z.size(); ++j) g[j] = (g[j] / sum - (j == labels[i] ? 1.0F : 0.0F)) * per_row;
      total = total + (log_positive(sum) - (z[labels[i]] - *top));
      loss_.correct += static_cast<std::size_t>(top - z.begin()) == labels[i] ? 1 : 0;
    }
    loss_.mean = total * per_row;
    return std::move(gradient).done();
  }

  void sgd(Tensor& weights, Tensor& velocity, const Tensor& gradient, const UpdateRule& rule) override {
    Draft w(weights.rows, weights.cols), v(weights.rows, weights.cols);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      v.values()[i] = rule.momentum * velocity.data[i] + (gradient.data[i] + rule.decay * weights.data[i]);
      w.values()[i] = weights.data[i] - rule.rate * v.values()[i];
    }
    weights = std::move(w).done();
    velocity = std::move(v).done();
  }

  Loss finish_step() override { return loss_; }

 private:
  // Calls f(first row of the window, first column of the head in a third of the columns, first row of its
  // probabilities).
  template <class F>
  static void for_each_head(const Tensor& qkv, const AttentionShape& shape, F f) {
    const std::uint64_t windows = qkv.rows / shape.context, head_width = qkv.cols / 3 / shape.heads;
#pragma omp parallel for
    for (Index i = 0; i < static_cast<Index>(windows * shape.heads); ++i) {
      const auto window = static_cast<std::uint64_t>(i) / shape.heads,
                 head = static_cast<std::uint64_t>(i) % shape.heads;
      f(window * shape.context, head * head_width, (window * shape.heads + head) * shape.context);
    }
  }

  template <class T>
  static HeadRows<T> head_rows(T* query, std::uint64_t width) {
    return {query, query + width, query + 2 * width, 3 * width};
  }

  std::optional<AccumulatorKind> accumulator_;
  Loss loss_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(std::optional<AccumulatorKind> accumulator) {
  return std::make_unique<CpuBackend>(accumulator);
}

}  // namespace luqsim::train
