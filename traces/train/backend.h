// The operations of a training step. Each is a fixed sequence of single-rounded operations (docs/training.md), so that
// two backends give the same bits.
#pragma once
#include <memory>
#include <span>
#include <stdexcept>

#include "luqsim/traces/record.h"

#include "matrix.h"

namespace luqsim::train {

// A quantized tensor: what the GEMM reads and the trace records (`operand` without view and tensor names).
struct Quantized {
  Operand operand;
  std::vector<CodeTensor> codes;  // one a sample
  float max_abs = 0;              // measured
};

struct Loss {
  float mean = 0;
  std::uint32_t correct = 0;
};

// Training diverged: a tensor that should be quantized holds NaN or infinity.
class NonFinite : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual Quantized quantize_sawb(const Matrix& x, const SawbConfig& config) = 0;
  virtual Quantized quantize_luq(const Matrix& x, const LuqQuantization& luq, std::uint32_t samples) = 0;
  // a (M x K) b (K x N) through their operands' views: exact sums, averaged over samples, scaled.
  virtual Matrix gemm_codes(const Quantized& a, const Quantized& b) = 0;
  // Sums in the order of k, every product and every addition rounded.
  virtual Matrix gemm(const Matrix& a, const Matrix& b) = 0;
  virtual Matrix transpose(const Matrix& x) = 0;
  virtual Matrix im2col(const Matrix& x, const Im2col& geometry) = 0;
  virtual Matrix col2im(const Matrix& columns, const Im2col& geometry) = 0;  // sums in the order of the patches
  virtual void add_bias(Matrix& x, std::span<const float> bias) = 0;
  virtual std::vector<float> column_sums(const Matrix& x) = 0;  // in the order of rows
  virtual void relu(Matrix& x) = 0;
  virtual void relu_backward(Matrix& gradient, const Matrix& output) = 0;
  // 2 x 2, stride 2: ((x00 + x01) + (x10 + x11)) / 4.
  virtual Matrix average_pool(const Matrix& x, std::uint32_t h, std::uint32_t w) = 0;
  virtual Matrix average_pool_backward(const Matrix& gradient, std::uint32_t h, std::uint32_t w) = 0;
  // Mean loss over the rows; `gradient` = (softmax - one hot) / rows.
  virtual Loss softmax_cross_entropy(const Matrix& logits, std::span<const std::uint8_t> labels, Matrix& gradient) = 0;
  // v = momentum v + (g + decay w); w = w - rate v.
  virtual void sgd(std::span<float> weights, std::span<float> velocity, std::span<const float> gradient, float rate,
                   float momentum, float decay) = 0;
};

std::unique_ptr<Backend> make_cpu_backend();

}  // namespace luqsim::train
