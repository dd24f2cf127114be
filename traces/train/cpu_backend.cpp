#include <algorithm>
#include <array>

#include "luqsim/numerics/elementary.h"
#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/operand.h"
#include "luqsim/traces/trace.h"

#include "backend.h"

namespace luqsim::train {
namespace {

using Index = std::int64_t;  // OpenMP loops

Operand stored_as(const Tensor& x, Format format, Quantization quantization) {
  Operand operand;
  operand.format = format;
  operand.rows = x.rows;
  operand.cols = x.cols;
  operand.quantization = quantization;
  return operand;
}

void require_finite(const MaxAbs& measured) {
  if (measured.status != QuantizeStatus::ok) throw NonFinite("a tensor to quantize holds NaN or infinity");
}

// Values that are being made; `done` hands them over, and nobody changes them any more.
class Draft {
 public:
  Draft(std::uint64_t rows, std::uint64_t cols) : rows_(rows), cols_(cols), data_(new float[rows * cols]()) {}
  float* row(std::uint64_t i) { return data_.get() + i * cols_; }
  std::span<float> values() { return {data_.get(), rows_ * cols_}; }
  Tensor done() && { return {rows_, cols_, std::move(data_)}; }

 private:
  std::uint64_t rows_, cols_;
  std::shared_ptr<float[]> data_;
};

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

// out[i] = f(i) for every element.
template <class F>
Tensor elementwise(std::uint64_t rows, std::uint64_t cols, F f) {
  Draft out(rows, cols);
  for (std::size_t i = 0; i < out.values().size(); ++i) out.values()[i] = f(i);
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
    std::vector<std::int8_t> x(left.rows * left.cols), y(right.rows * right.cols);
    std::vector<std::int32_t> sums(left.rows * right.cols);
    std::vector<std::int64_t> total(samples > 1 ? sums.size() : 0);  // several samples may outgrow 32 bits
    for (std::size_t s = 0; s < samples; ++s) {
      read_block(a.operand, view(a.codes[s % a.codes.size()]), 0, left.rows, 0, left.cols, x);
      read_block(b.operand, view(b.codes[s % b.codes.size()]), 0, right.rows, 0, right.cols, y);
      gemm_s8s8s32({x.data(), left.rows, left.cols, left.cols}, {y.data(), right.rows, right.cols, right.cols}, sums);
      for (std::size_t i = 0; i < total.size(); ++i) total[i] += sums[i];
    }
    Draft out(left.rows, right.cols);
    const float scale =
        output_scale(a.statistics.data[used_scale], b.statistics.data[used_scale], static_cast<std::uint32_t>(samples));
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
      for (std::uint64_t k = 0; k < a.cols; ++k) {
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

  Tensor im2col(const Tensor& x, const Im2col& g) override {
    Draft out(g.rows(), g.cols());
    for_each_pixel(g, [&](std::uint64_t patch, std::uint64_t kernel, std::uint64_t pixel) {
      std::copy_n(x.row(pixel), g.c, out.row(patch) + kernel * g.c);
    });
    return std::move(out).done();
  }

  Tensor col2im(const Tensor& columns, const Im2col& g) override {
    Draft out(std::uint64_t{g.n} * g.h * g.w, g.c);
    for_each_pixel(g, [&](std::uint64_t patch, std::uint64_t kernel, std::uint64_t pixel) {
      const float* from = columns.row(patch) + kernel * g.c;
      float* to = out.row(pixel);
      for (std::uint32_t c = 0; c < g.c; ++c) to[c] = to[c] + from[c];
    });
    return std::move(out).done();
  }

  Tensor gather_rows(const Tensor& table, std::span<const std::uint32_t> rows) override {
    Draft out(rows.size(), table.cols);
    for (std::size_t i = 0; i < rows.size(); ++i) std::copy_n(table.row(rows[i]), table.cols, out.row(i));
    return std::move(out).done();
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

  Tensor relu(const Tensor& x) override {
    return elementwise(x.rows, x.cols, [v = x.data.get()](std::size_t i) { return v[i] > 0 ? v[i] : 0.0F; });
  }

  Tensor relu_backward(const Tensor& gradient, const Tensor& output) override {
    return elementwise(gradient.rows, gradient.cols, [g = gradient.data.get(), y = output.data.get()](std::size_t i) {
      return y[i] > 0 ? g[i] : 0.0F;
    });
  }

  Tensor average_pool(const Tensor& x, std::uint32_t h, std::uint32_t w) override {
    Draft out(x.rows / 4, x.cols);
    for (std::uint64_t p = 0; p < x.rows / 4; ++p) {
      const auto corners = pool_corners(p, h, w);
      for (std::uint64_t c = 0; c < x.cols; ++c)
        out.row(p)[c] =
            ((x.row(corners[0])[c] + x.row(corners[1])[c]) + (x.row(corners[2])[c] + x.row(corners[3])[c])) * 0.25F;
    }
    return std::move(out).done();
  }

  Tensor average_pool_backward(const Tensor& gradient, std::uint32_t h, std::uint32_t w) override {
    Draft out(gradient.rows * 4, gradient.cols);
    for (std::uint64_t p = 0; p < gradient.rows; ++p)
      for (const std::uint64_t corner : pool_corners(p, h, w))
        for (std::uint64_t c = 0; c < gradient.cols; ++c) out.row(corner)[c] = gradient.row(p)[c] * 0.25F;
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
  // Calls f(patch, kernel position, pixel) for every pixel that lies inside the image, patches in order.
  template <class F>
  static void for_each_pixel(const Im2col& g, F f) {
    std::uint64_t patch = 0;
    for (std::uint64_t image = 0; image < g.n; ++image)
      for (std::uint64_t oy = 0; oy < g.out_h(); ++oy)
        for (std::uint64_t ox = 0; ox < g.out_w(); ++ox, ++patch)
          for (std::uint64_t ky = 0; ky < g.kernel_h; ++ky)
            for (std::uint64_t kx = 0; kx < g.kernel_w; ++kx) {
              // Above and left of the image these wrap to huge numbers.
              const std::uint64_t y = oy * g.stride + ky - g.padding, x = ox * g.stride + kx - g.padding;
              if (y < g.h && x < g.w) f(patch, ky * g.kernel_w + kx, (image * g.h + y) * g.w + x);
            }
  }

  // Rows of the four inputs of output pixel p.
  static std::array<std::uint64_t, 4> pool_corners(std::uint64_t p, std::uint32_t h, std::uint32_t w) {
    const std::uint64_t x = p % (w / 2), y = p / (w / 2) % (h / 2), image = p / (w / 2) / (h / 2);
    const std::uint64_t first = (image * h + 2 * y) * w + 2 * x;
    return {first, first + 1, first + w, first + w + 1};
  }

  Loss loss_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend() { return std::make_unique<CpuBackend>(); }

}  // namespace luqsim::train
