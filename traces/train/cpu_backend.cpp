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

Operand stored_as(const Matrix& x, Format format, float scale, Quantization quantization) {
  Operand operand;
  operand.format = format;
  operand.rows = x.rows;
  operand.cols = x.cols;
  operand.scale = scale;
  operand.quantization = quantization;
  return operand;
}

void require_finite(const MaxAbs& measured) {
  if (measured.status != QuantizeStatus::ok) throw NonFinite("a tensor to quantize holds NaN or infinity");
}

class CpuBackend : public Backend {
 public:
  Quantized quantize_sawb(const Matrix& x, const SawbConfig& config) override {
    SawbResult result = sawb_quantize(x.values, x.rows, x.cols, config);
    require_finite(result.measured);
    Quantized q{stored_as(x, config.format, result.scale, SawbQuantization{config}), {}, result.measured.max_abs};
    q.codes.push_back(std::move(result.codes));
    return q;
  }

  Quantized quantize_luq(const Matrix& x, const LuqQuantization& luq, std::uint32_t samples) override {
    Quantized q{stored_as(x, luq_format(luq.config), 0, luq), {}, 0};
    for (std::uint32_t s = 0; s < samples; ++s) {
      RandomStream stream = luq.stream;
      stream.sample += s;
      LuqResult result = luq_quantize(x.values, x.rows, x.cols, luq.config, stream, luq.estimate);
      require_finite(result.measured);
      q.max_abs = result.measured.max_abs;
      q.operand.scale = result.scale.alpha;
      q.codes.push_back(std::move(result.codes));
    }
    return q;
  }

  Matrix gemm_codes(const Quantized& a, const Quantized& b) override {
    const MatrixShape left = matrix_shape(a.operand), right = matrix_shape(b.operand);
    const std::size_t samples = std::max(a.codes.size(), b.codes.size());
    std::vector<std::int8_t> x(left.rows * left.cols), y(right.rows * right.cols);
    std::vector<std::int32_t> sums(left.rows * right.cols);
    std::vector<std::int64_t> total(samples > 1 ? sums.size() : 0);  // several samples may outgrow 32 bits
    for (std::size_t s = 0; s < samples; ++s) {
      read_block(a.operand, a.codes[s % a.codes.size()].view(), 0, left.rows, 0, left.cols, x);
      read_block(b.operand, b.codes[s % b.codes.size()].view(), 0, right.rows, 0, right.cols, y);
      gemm_s8s8s32({x.data(), left.rows, left.cols, left.cols}, {y.data(), right.rows, right.cols, right.cols}, sums);
      for (std::size_t i = 0; i < total.size(); ++i) total[i] += sums[i];
    }
    Matrix out(left.rows, right.cols);
    const float scale = output_scale(a.operand.scale, b.operand.scale, static_cast<std::uint32_t>(samples));
    if (samples > 1)
      scale_output(total, scale, out.values);
    else
      scale_output(sums, scale, out.values);
    return out;
  }

  Matrix gemm(const Matrix& a, const Matrix& b) override {
    Matrix out(a.rows, b.cols);
#pragma omp parallel for
    for (Index i = 0; i < static_cast<Index>(a.rows); ++i) {
      float* sums = out.row(static_cast<std::uint64_t>(i));
      const float* left = a.row(static_cast<std::uint64_t>(i));
      for (std::uint64_t k = 0; k < a.cols; ++k) {
        const float* right = b.row(k);
        for (std::uint64_t j = 0; j < b.cols; ++j) sums[j] = sums[j] + left[k] * right[j];
      }
    }
    return out;
  }

  Matrix transpose(const Matrix& x) override {
    Matrix out(x.cols, x.rows);
    for (std::uint64_t i = 0; i < x.rows; ++i)
      for (std::uint64_t j = 0; j < x.cols; ++j) out.row(j)[i] = x.row(i)[j];
    return out;
  }

  Matrix im2col(const Matrix& x, const Im2col& g) override {
    Matrix out(g.rows(), g.cols());
    for_each_pixel(g, [&](std::uint64_t patch, std::uint64_t kernel, std::uint64_t pixel) {
      std::copy_n(x.row(pixel), g.c, out.row(patch) + kernel * g.c);
    });
    return out;
  }

  Matrix col2im(const Matrix& columns, const Im2col& g) override {
    Matrix out(std::uint64_t{g.n} * g.h * g.w, g.c);
    for_each_pixel(g, [&](std::uint64_t patch, std::uint64_t kernel, std::uint64_t pixel) {
      const float* from = columns.row(patch) + kernel * g.c;
      float* to = out.row(pixel);
      for (std::uint32_t c = 0; c < g.c; ++c) to[c] = to[c] + from[c];
    });
    return out;
  }

  void add_bias(Matrix& x, std::span<const float> bias) override {
    for (std::uint64_t i = 0; i < x.rows; ++i)
      for (std::uint64_t j = 0; j < x.cols; ++j) x.row(i)[j] = x.row(i)[j] + bias[j];
  }

  std::vector<float> column_sums(const Matrix& x) override {
    std::vector<float> sums(x.cols);
    for (std::uint64_t i = 0; i < x.rows; ++i)
      for (std::uint64_t j = 0; j < x.cols; ++j) sums[j] = sums[j] + x.row(i)[j];
    return sums;
  }

  void relu(Matrix& x) override {
    for (float& v : x.values) v = v > 0 ? v : 0.0F;
  }

  void relu_backward(Matrix& gradient, const Matrix& output) override {
    for (std::size_t i = 0; i < gradient.values.size(); ++i)
      gradient.values[i] = output.values[i] > 0 ? gradient.values[i] : 0.0F;
  }

  Matrix average_pool(const Matrix& x, std::uint32_t h, std::uint32_t w) override {
    Matrix out(x.rows / 4, x.cols);
    for (std::uint64_t p = 0; p < out.rows; ++p) {
      const auto corners = pool_corners(p, h, w);
      for (std::uint64_t c = 0; c < x.cols; ++c)
        out.row(p)[c] =
            ((x.row(corners[0])[c] + x.row(corners[1])[c]) + (x.row(corners[2])[c] + x.row(corners[3])[c])) * 0.25F;
    }
    return out;
  }

  Matrix average_pool_backward(const Matrix& gradient, std::uint32_t h, std::uint32_t w) override {
    Matrix out(gradient.rows * 4, gradient.cols);
    for (std::uint64_t p = 0; p < gradient.rows; ++p)
      for (const std::uint64_t corner : pool_corners(p, h, w))
        for (std::uint64_t c = 0; c < gradient.cols; ++c) out.row(corner)[c] = gradient.row(p)[c] * 0.25F;
    return out;
  }

  Loss softmax_cross_entropy(const Matrix& logits, std::span<const std::uint8_t> labels, Matrix& gradient) override {
    gradient = Matrix(logits.rows, logits.cols);
    const float per_row = 1.0F / static_cast<float>(logits.rows);
    Loss loss;
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
      loss.correct += static_cast<std::size_t>(top - z.begin()) == labels[i] ? 1 : 0;
    }
    loss.mean = total * per_row;
    return loss;
  }

  void sgd(std::span<float> w, std::span<float> v, std::span<const float> g, float rate, float momentum,
           float decay) override {
    for (std::size_t i = 0; i < w.size(); ++i) {
      v[i] = momentum * v[i] + (g[i] + decay * w[i]);
      w[i] = w[i] - rate * v[i];
    }
  }

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
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend() { return std::make_unique<CpuBackend>(); }

}  // namespace luqsim::train
