#include "cuda_backend.h"

#include <cstddef>
#include <fstream>

#include "luqsim/cuda/device.h"
#include "luqsim/cuda/packed_gemm.h"
#include "luqsim/cuda/quantize.h"
#include "luqsim/traces/operand.h"

#include "cuda_download.h"
#include "input_error.h"
#include "kernels.h"

namespace luqsim::train {
namespace {

using cuda::check;
using cuda::Statistics;

// The first values of Statistics are those that Quantized::statistics shows.
static_assert(offsetof(Statistics, max_abs) == measured_max_abs * sizeof(float));
static_assert(offsetof(Statistics, used_max_abs) == used_max_abs * sizeof(float));
static_assert(offsetof(Statistics, scale) == used_scale * sizeof(float));

Patches patches_of(const Im2col& g) { return {g.n, g.h, g.w, g.c, g.kernel_h, g.kernel_w, g.stride, g.padding}; }
Shape shape_of(const Tensor& x) { return {x.rows, x.cols}; }

// Waits for the work of a stream before its last user goes.
class Stream {
 public:
  Stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags"); }
  ~Stream() {
    static_cast<void>(cudaStreamSynchronize(stream_));
    static_cast<void>(cudaStreamDestroy(stream_));
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  operator cudaStream_t() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

class CudaBackend : public Backend {
 public:
  CudaBackend() : downloads_(stream_), gemm_(stream_), result_(stream_, 1) { clear_result(); }

  Tensor upload(const Matrix& x) override {
    const auto out = uploaded<float>(x.values);
    return {x.rows, x.cols, out};
  }

  std::unique_ptr<Download> download_later(std::shared_ptr<const void> data, std::size_t bytes) override {
    return downloads_.start(std::move(data), bytes);
  }

  Quantized quantize_sawb(const Tensor& x, const SawbConfig& config) override {
    Quantized q{stored_as(x, config.format, SawbQuantization{config}), {}, {}};
    const auto statistics = new_statistics();
    auto codes = shared<std::uint8_t>(x.rows * packed_row_bytes(x.cols));
    cuda::sawb_codes(stream_, x.data.get(), shape_of(x), config, statistics.get(), codes.get());
    q.codes.push_back({config.format, x.rows, x.cols, std::move(codes)});
    return finished(std::move(q), statistics);
  }

  Quantized quantize_luq(const Tensor& x, const LuqQuantization& luq, const Tensor* estimate,
                         std::uint32_t samples) override {
    Quantized q{stored_as(x, luq_format(luq.config), luq), {}, {}};
    const auto statistics = new_statistics();
    if (estimate == nullptr) cuda::measure(stream_, x.data.get(), x.size(), statistics.get());
    for (std::uint32_t s = 0; s < samples; ++s) {
      RandomStream random = luq.stream;
      random.sample += s;
      auto codes = shared<std::uint8_t>(x.rows * packed_row_bytes(x.cols));
      if (estimate == nullptr)
        cuda::luq_codes(stream_, x.data.get(), shape_of(x), luq.config, random, statistics.get(), codes.get());
      else
        cuda::luq_codes_hindsight(stream_, x.data.get(), shape_of(x), luq.config, random, estimate->data.get(),
                                  statistics.get(), codes.get());
      q.codes.push_back({q.operand.format, x.rows, x.cols, std::move(codes)});
    }
    return finished(std::move(q), statistics);
  }

  Tensor next_estimate(const Quantized& q, float eta) override {
    return made(1, 1, [&](float* out) {
      cuda::next_estimate(stream_, reinterpret_cast<const Statistics*>(q.statistics.data.get()), eta, out);
    });
  }

  GemmOutput gemm_codes(const Quantized& a, const Quantized& b) override {
    const MatrixShape left = matrix_shape(a.operand), right = matrix_shape(b.operand);
    const auto codes_a = pointers(a), codes_b = pointers(b);
    std::string_view kernel;
    const Tensor out = made(left.rows, right.cols, [&](float* values) {
      kernel = gemm_.run(packed(a, codes_a), packed(b, codes_b), left.rows, right.cols, left.cols, values);
    });
    return {out, kernel};
  }

  Tensor gemm(const Tensor& a, const Tensor& b) override {
    return made(a.rows, b.cols,
                [&](float* out) { train::gemm(stream_, a.data.get(), b.data.get(), out, a.rows, b.cols, a.cols); });
  }

  Tensor transpose(const Tensor& x) override {
    return made(x.cols, x.rows, [&](float* out) { train::transpose(stream_, x.data.get(), shape_of(x), out); });
  }

  Tensor im2col(const Tensor& x, const Im2col& g) override {
    return made(g.rows(), g.cols(), [&](float* out) { train::im2col(stream_, x.data.get(), patches_of(g), out); });
  }

  Tensor col2im(const Tensor& columns, const Im2col& g) override {
    return made(std::uint64_t{g.n} * g.h * g.w, g.c,
                [&](float* out) { train::col2im(stream_, columns.data.get(), patches_of(g), out); });
  }

  Tensor gather_rows(const Tensor& table, std::span<const std::uint32_t> rows) override {
    const auto indices = uploaded<std::uint32_t>(rows);
    return made(rows.size(), table.cols, [&](float* out) {
      train::gather_rows(stream_, table.data.get(), indices.get(), {rows.size(), table.cols}, out);
    });
  }

  Tensor scatter_add_rows(const Tensor& x, std::span<const std::uint32_t> rows, std::uint64_t table_rows) override {
    const auto indices = uploaded<std::uint32_t>(rows);
    return made(table_rows, x.cols, [&](float* out) {
      train::scatter_add_rows(stream_, x.data.get(), indices.get(), rows.size(), {table_rows, x.cols}, out);
    });
  }

  Tensor add(const Tensor& a, const Tensor& b) override {
    return made(a.rows, a.cols, [&](float* out) { train::add(stream_, a.data.get(), b.data.get(), a.size(), out); });
  }

  Tensor add_bias(const Tensor& x, const Tensor& bias) override {
    return made(x.rows, x.cols,
                [&](float* out) { train::add_bias(stream_, x.data.get(), bias.data.get(), shape_of(x), out); });
  }

  Tensor column_sums(const Tensor& x) override {
    return made(1, x.cols, [&](float* out) { train::column_sums(stream_, x.data.get(), shape_of(x), out); });
  }

  Tensor column_sums_of_products(const Tensor& a, const Tensor& b) override {
    return made(1, a.cols, [&](float* out) {
      train::column_sums_of_products(stream_, a.data.get(), b.data.get(), shape_of(a), out);
    });
  }

  Tensor relu(const Tensor& x) override {
    return made(x.rows, x.cols, [&](float* out) { train::relu(stream_, x.data.get(), x.size(), out); });
  }

  Tensor relu_backward(const Tensor& gradient, const Tensor& output) override {
    return made(gradient.rows, gradient.cols, [&](float* out) {
      train::relu_backward(stream_, gradient.data.get(), output.data.get(), gradient.size(), out);
    });
  }

  Tensor average_pool(const Tensor& x, std::uint32_t h, std::uint32_t w) override {
    const Shape pooled{x.rows / 4, x.cols};
    return made(pooled.rows, pooled.cols,
                [&](float* out) { train::average_pool(stream_, x.data.get(), pooled, h, w, out); });
  }

  Tensor average_pool_backward(const Tensor& gradient, std::uint32_t h, std::uint32_t w) override {
    return made(gradient.rows * 4, gradient.cols, [&](float* out) {
      train::average_pool_backward(stream_, gradient.data.get(), shape_of(gradient), h, w, out);
    });
  }

  NormalizedRows layer_norm(const Tensor& x, const Tensor& gain, const Tensor& bias) override {
    NormalizedRows result;
    result.output = made(x.rows, x.cols, [&](float* out) {
      result.normalized = made(x.rows, x.cols, [&](float* normalized) {
        result.inverse_deviation = made(x.rows, 1, [&](float* inverse) {
          train::layer_norm(stream_, x.data.get(), gain.data.get(), bias.data.get(), shape_of(x), layer_norm_epsilon,
                            out, normalized, inverse);
        });
      });
    });
    return result;
  }

  Tensor layer_norm_backward(const Tensor& gradient, const Tensor& gain, const NormalizedRows& forward) override {
    return made(gradient.rows, gradient.cols, [&](float* out) {
      train::layer_norm_backward(stream_, gradient.data.get(), gain.data.get(), forward.normalized.data.get(),
                                 forward.inverse_deviation.data.get(), shape_of(gradient), out);
    });
  }

  Attention causal_attention(const Tensor& qkv, const AttentionShape& shape) override {
    Attention result;
    result.output = made(qkv.rows, qkv.cols / 3, [&](float* out) {
      result.probabilities = made(qkv.rows * shape.heads, shape.context, [&](float* probabilities) {
        train::causal_attention(stream_, qkv.data.get(), heads_of(qkv, shape), out, probabilities);
      });
    });
    return result;
  }

  Tensor causal_attention_backward(const Tensor& gradient, const Tensor& qkv, const Tensor& probabilities,
                                   const AttentionShape& shape) override {
    const cuda::DeviceArray<float> slopes(stream_, probabilities.size());
    return made(qkv.rows, qkv.cols, [&](float* out) {
      train::causal_attention_backward(stream_, gradient.data.get(), qkv.data.get(), probabilities.data.get(),
                                       heads_of(qkv, shape), slopes.data(), out);
    });
  }

  Tensor softmax_cross_entropy(const Tensor& logits, std::span<const std::uint8_t> labels) override {
    const auto targets = uploaded<std::uint8_t>(labels);
    const cuda::DeviceArray<float> losses(stream_, logits.rows);
    const cuda::DeviceArray<std::uint32_t> correct(stream_, logits.rows);
    return made(logits.rows, logits.cols, [&](float* gradient) {
      train::softmax_cross_entropy(stream_, logits.data.get(), targets.get(), shape_of(logits), losses.data(),
                                   correct.data(), gradient, result_.data());
    });
  }

  void sgd(Tensor& weights, Tensor& velocity, const Tensor& gradient, const UpdateRule& rule) override {
    Tensor new_velocity;
    const Tensor new_weights = made(weights.rows, weights.cols, [&](float* w) {
      new_velocity = made(weights.rows, weights.cols, [&](float* v) {
        train::sgd(stream_, weights.data.get(), velocity.data.get(), gradient.data.get(), weights.size(),
                   {rule.rate, rule.momentum, rule.decay}, w, v);
      });
    });
    weights = new_weights;
    velocity = new_velocity;
  }

  Loss finish_step() override {
    StepResult result;
    check(cudaMemcpyAsync(&result, result_.data(), sizeof result, cudaMemcpyDeviceToHost, stream_), "cudaMemcpyAsync");
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
    clear_result();
    if (result.non_finite != 0) throw NonFinite("a tensor to quantize holds NaN or infinity");
    return {result.loss, result.correct};
  }

 private:
  // Freed in the order of the stream: after what was asked for before.
  template <class T>
  std::shared_ptr<T[]> shared(std::size_t size) {
    void* memory = nullptr;
    check(cudaMallocAsync(&memory, std::max<std::size_t>(size * sizeof(T), 1), stream_), "cudaMallocAsync");
    const cudaStream_t stream = stream_;
    return {static_cast<T*>(memory), [stream](T* p) { static_cast<void>(cudaFreeAsync(p, stream)); }};
  }

  // From pageable memory: the values are read before this returns.
  template <class T>
  std::shared_ptr<T[]> uploaded(std::span<const T> values) {
    auto out = shared<T>(values.size());
    if (!values.empty())
      check(cudaMemcpyAsync(out.get(), values.data(), values.size_bytes(), cudaMemcpyHostToDevice, stream_),
            "cudaMemcpyAsync");
    return out;
  }

  // A tensor that `make` fills.
  template <class Make>
  Tensor made(std::uint64_t rows, std::uint64_t cols, Make make) {
    auto values = shared<float>(rows * cols);
    make(values.get());
    return {rows, cols, std::move(values)};
  }

  std::shared_ptr<Statistics[]> new_statistics() {
    auto statistics = shared<Statistics>(1);
    check(cudaMemsetAsync(statistics.get(), 0, sizeof(Statistics), stream_), "cudaMemsetAsync");
    return statistics;
  }

  Quantized finished(Quantized q, const std::shared_ptr<Statistics[]>& statistics) {
    flag_non_finite(stream_, statistics.get(), result_.data());
    q.statistics = {1, statistic_count, {statistics, &statistics[0].max_abs}};
    return q;
  }

  static std::vector<const std::uint8_t*> pointers(const Quantized& q) {
    std::vector<const std::uint8_t*> all;
    for (const Codes& codes : q.codes) all.push_back(codes.bytes.get());
    return all;
  }

  static cuda::PackedOperand packed(const Quantized& q, std::span<const std::uint8_t* const> codes) {
    const Operand& o = q.operand;
    cuda::PackedOperand x{o.format, {o.rows, o.cols}, codes, q.statistics.data.get() + used_scale};
    x.transposed = o.view == View::transposed || o.view == View::im2col_transposed;
    if (o.im2col) x.patches = patches_of(*o.im2col);
    return x;
  }

  static Heads heads_of(const Tensor& qkv, const AttentionShape& shape) {
    return {qkv.rows / shape.context, shape.context, shape.heads,
            static_cast<std::uint32_t>(qkv.cols / 3 / shape.heads)};
  }

  void clear_result() { check(cudaMemsetAsync(result_.data(), 0, sizeof(StepResult), stream_), "cudaMemsetAsync"); }

  Stream stream_;
  CudaDownloader downloads_;
  cuda::PackedGemm gemm_;
  cuda::DeviceArray<StepResult> result_;
};

// The kernel module's, as nvidia-smi shows it; empty where there is none.
std::string driver_version() {
  std::ifstream file("/sys/module/nvidia/version");
  std::string version;
  std::getline(file, version);
  return version.empty() ? version : version + ", ";
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace

std::unique_ptr<Backend> make_cuda_backend() {
  if (const std::string missing = cuda::missing_device(); !missing.empty())
    throw InputError("--backend: cuda; " + missing + "; wanted a CUDA device, or cpu");
  // Freed memory stays with the pool: a step allocates what the step before freed.
  int device = 0;
  cudaMemPool_t pool = nullptr;
  std::uint64_t everything = ~std::uint64_t{0};
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaDeviceGetDefaultMemPool(&pool, device), "cudaDeviceGetDefaultMemPool");
  check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &everything), "cudaMemPoolSetAttribute");
  return std::make_unique<CudaBackend>();
}

CudaDescription describe_cuda() {
  int device = 0, driver = 0, runtime = 0;
  cudaDeviceProp properties{};
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  check(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  return {properties.name, driver_version() + "CUDA " + version_text(driver), version_text(runtime),
          "luqsim CUDA kernels, cuBLASLt " + cuda::cublaslt_version()};
}

}  // namespace luqsim::train
