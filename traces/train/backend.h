// The operations of a training step. Each is a fixed sequence of single-rounded operations (docs/training.md), so that
// two backends give the same bits. They make new tensors and change none; a backend may run behind its caller, until
// finish_step or a download waits.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>

#include "luqsim/numerics/accumulator.h"
#include "luqsim/traces/record.h"

#include "download.h"
#include "matrix.h"

namespace luqsim::train {

// Packed 4-bit codes (CodeView's layout) in a backend's memory.
struct Codes {
  Format format = Format::int4;
  std::uint64_t rows = 0, cols = 0;
  std::shared_ptr<const std::uint8_t[]> bytes;

  std::size_t size() const { return rows * packed_row_bytes(cols); }
};

// A quantized tensor: what the GEMM reads and the trace records.
struct Quantized {
  Operand operand;           // without scale, estimate and tensor names
  std::vector<Codes> codes;  // one a sample
  Tensor statistics;         // 1 x 3, see Statistic
};
enum Statistic : std::uint8_t { measured_max_abs, used_max_abs, used_scale, statistic_count };

// Of x as it is stored, in this format.
Operand stored_as(const Tensor& x, Format format, Quantization quantization);

struct GemmOutput {
  Tensor values;
  std::string_view kernel;  // what computed it; lives as long as the backend
};

inline constexpr float layer_norm_epsilon = 1e-5F;  // added to the variance

// Rows with mean 0 and variance 1, before and after gain and bias; and 1 / deviation of each, rows x 1.
struct NormalizedRows {
  Tensor output, normalized, inverse_deviation;
};

// Rows are tokens, windows of `context` of them after one another. Columns are queries, keys and values, a third each;
// a third is `heads` parts of equal width.
struct AttentionShape {
  std::uint32_t context = 0, heads = 0;
};

struct Attention {
  Tensor output;         // tokens x a third of the columns
  Tensor probabilities;  // row (window, head, token), column token of the window: 0 for later ones
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

struct UpdateRule {
  float rate, momentum, decay;
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual Tensor upload(const Matrix& x) = 0;
  // Starts copying `bytes` bytes of what this backend made to the host.
  virtual std::unique_ptr<Download> download_later(std::shared_ptr<const void> data, std::size_t bytes) = 0;

  virtual Quantized quantize_sawb(const Tensor& x, const SawbConfig& config) = 0;
  // `estimate`: the hindsight maximum (1 x 1), or null for the exact one; luq.estimate is ignored.
  virtual Quantized quantize_luq(const Tensor& x, const LuqQuantization& luq, const Tensor* estimate,
                                 std::uint32_t samples) = 0;
  // The next hindsight maximum (1 x 1), from the measured and the used one.
  virtual Tensor next_estimate(const Quantized& q, float eta) = 0;
  // a (M x K) b (K x N) through their operands' views: sums, exact unless the backend was made with an accumulator,
  // averaged over samples, scaled.
  virtual GemmOutput gemm_codes(const Quantized& a, const Quantized& b) = 0;
  // Sums in the order of k, every product and every addition rounded.
  virtual Tensor gemm(const Tensor& a, const Tensor& b) = 0;
  virtual Tensor transpose(const Tensor& x) = 0;
  virtual Tensor im2col(const Tensor& x, const Im2col& geometry) = 0;
  virtual Tensor col2im(const Tensor& columns, const Im2col& geometry) = 0;  // sums in the order of the patches
  virtual Tensor gather_rows(const Tensor& table, std::span<const std::uint32_t> rows) = 0;
  // table_rows x cols: row t is 0 plus the rows i of x with rows[i] = t, in the order of i.
  virtual Tensor scatter_add_rows(const Tensor& x, std::span<const std::uint32_t> rows, std::uint64_t table_rows) = 0;
  virtual Tensor add(const Tensor& a, const Tensor& b) = 0;
  virtual Tensor add_bias(const Tensor& x, const Tensor& bias) = 0;
  virtual Tensor column_sums(const Tensor& x) = 0;  // 1 x cols, in the order of rows
  // 1 x cols, sums of a_ij * b_ij in the order of rows, every product and every addition rounded.
  virtual Tensor column_sums_of_products(const Tensor& a, const Tensor& b) = 0;
  virtual Tensor relu(const Tensor& x) = 0;
  virtual Tensor relu_backward(const Tensor& gradient, const Tensor& output) = 0;
  // 2 x 2, stride 2: ((x00 + x01) + (x10 + x11)) / 4.
  virtual Tensor average_pool(const Tensor& x, std::uint32_t h, std::uint32_t w) = 0;
  virtual Tensor average_pool_backward(const Tensor& gradient, std::uint32_t h, std::uint32_t w) = 0;
  // gain, bias: 1 x cols. Sums over a row go in the order of columns.
  virtual NormalizedRows layer_norm(const Tensor& x, const Tensor& gain, const Tensor& bias) = 0;
  // Of x; `forward` is what layer_norm returned.
  virtual Tensor layer_norm_backward(const Tensor& gradient, const Tensor& gain, const NormalizedRows& forward) = 0;
  // Sums over a head's columns, over earlier tokens and over later ones go in their order.
  virtual Attention causal_attention(const Tensor& qkv, const AttentionShape& shape) = 0;
  // Of qkv.
  virtual Tensor causal_attention_backward(const Tensor& gradient, const Tensor& qkv, const Tensor& probabilities,
                                           const AttentionShape& shape) = 0;
  // The gradient, (softmax - one hot) / rows, of the mean loss over the rows, which finish_step returns.
  virtual Tensor softmax_cross_entropy(const Tensor& logits, std::span<const std::uint8_t> labels) = 0;
  // v = momentum v + (g + decay w); w = w - rate v.
  virtual void sgd(Tensor& weights, Tensor& velocity, const Tensor& gradient, const UpdateRule& rule) = 0;

  // Waits for everything; the loss of the last softmax_cross_entropy. Throws NonFinite where a quantizer met NaN or
  // infinity (a backend that does not run behind throws it at once).
  virtual Loss finish_step() = 0;

  Matrix download(const Tensor& x);
  // Value times scale of every code of the first sample, as it is stored.
  Tensor dequantize(const Quantized& q);
};

// `accumulator`: of the sums of gemm_codes.
std::unique_ptr<Backend> make_cpu_backend(std::optional<AccumulatorKind> accumulator = {});

}  // namespace luqsim::train
