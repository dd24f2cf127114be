// luqtrain's cuda backend against its cpu backend: every operation and whole runs, equal bits.
#include <bit>
#include <cmath>
#include <limits>

#include "luqsim/traces/trace.h"

#include "cuda_backend.h"
#include "on_device.h"
#include "sampling.h"
#include "small_set.h"

namespace luqsim {
namespace {

using sampling::Source;
using train::Backend;
using train::Matrix;
using train::Quantized;
using train::Tensor;
using Values = std::vector<float>;

class CudaBackend : public cuda::test::DeviceTest {
 protected:
  void SetUp() override {
    DeviceTest::SetUp();
    if (!IsSkipped()) gpu_ = train::make_cuda_backend();
  }

  Matrix random_matrix(std::uint64_t rows, std::uint64_t cols) {
    Matrix m(rows, cols);
    for (float& v : m.values) v = source_.one_in(9) ? 0.0F : source_.float_near(1.0F, 4);
    return m;
  }

  std::vector<std::uint32_t> random_rows(std::size_t count, std::uint64_t below) {
    std::vector<std::uint32_t> rows(count);
    for (std::uint32_t& r : rows) r = static_cast<std::uint32_t>(source_.below(below));
    return rows;
  }

  // f makes tensors on a backend from what it uploads itself.
  template <class F>
  void expect_equal(const char* what, F f) {
    const std::vector<Tensor> expected = f(*cpu_), actual = f(*gpu_);
    ASSERT_EQ(expected.size(), actual.size());
    for (std::size_t i = 0; i < expected.size(); ++i) expect_equal_tensor(what, i, expected[i], actual[i]);
  }

  void expect_equal_tensor(const char* what, std::size_t which, const Tensor& expected, const Tensor& actual) {
    ASSERT_EQ(expected.rows, actual.rows) << what << " " << which;
    ASSERT_EQ(expected.cols, actual.cols) << what << " " << which;
    const Values x = cpu_->download(expected).values, y = gpu_->download(actual).values;
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(x[i]), std::bit_cast<std::uint32_t>(y[i]))
          << what << " " << which << ", element " << i << ": " << x[i] << " and " << y[i];
  }

  Source source_{1};
  std::unique_ptr<Backend> cpu_ = train::make_cpu_backend(), gpu_;
};

TEST_F(CudaBackend, LinearAlgebra) {
  for (const auto& [m, n, k] : {std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>{1, 1, 1},
                                {3, 5, 7},
                                {16, 16, 16},
                                {17, 33, 40},
                                {64, 10, 130}}) {
    const Matrix a = random_matrix(m, k), b = random_matrix(k, n), c = random_matrix(m, k);
    expect_equal("linear", [&](Backend& on) -> std::vector<Tensor> {
      const Tensor x = on.upload(a), y = on.upload(b), z = on.upload(c);
      return {on.gemm(x, y), on.transpose(x), on.column_sums(x), on.column_sums_of_products(x, z)};
    });
  }
}

TEST_F(CudaBackend, Elementwise) {
  for (const auto& [rows, cols] : {std::pair<std::uint64_t, std::uint64_t>{1, 1}, {3, 5}, {40, 33}}) {
    const Matrix a = random_matrix(rows, cols), b = random_matrix(rows, cols), c = random_matrix(rows, cols),
                 bias = random_matrix(1, cols);
    const auto gathered = random_rows(2 * rows + 3, rows), scattered = random_rows(rows, 7);
    expect_equal("elementwise", [&](Backend& on) -> std::vector<Tensor> {
      const Tensor x = on.upload(a), y = on.upload(b);
      Tensor w = on.upload(c), v = y;
      on.sgd(w, v, x, {0.1F, 0.9F, 1e-4F});
      const Tensor rectified = on.relu(x);
      return {on.add(x, y),
              on.add_bias(x, on.upload(bias)),
              rectified,
              on.relu_backward(y, rectified),
              w,
              v,
              on.gather_rows(x, gathered),
              on.scatter_add_rows(x, scattered, 7)};
    });
  }
}

TEST_F(CudaBackend, Images) {
  for (const Im2col& g : {Im2col{2, 4, 6, 2, 3, 3, 1, 1}, Im2col{2, 6, 4, 3, 2, 3, 1, 0},
                          Im2col{1, 8, 6, 1, 3, 2, 2, 1}, Im2col{3, 2, 2, 2, 3, 3, 1, 1}}) {
    const std::uint64_t pixels = std::uint64_t{g.n} * g.h * g.w;
    const Matrix image = random_matrix(pixels, g.c), columns = random_matrix(g.rows(), g.cols()),
                 pooled = random_matrix(pixels / 4, g.c);
    expect_equal("images", [&](Backend& on) -> std::vector<Tensor> {
      return {on.im2col(on.upload(image), g), on.col2im(on.upload(columns), g),
              on.average_pool(on.upload(image), g.h, g.w), on.average_pool_backward(on.upload(pooled), g.h, g.w)};
    });
  }
}

TEST_F(CudaBackend, Transformer) {
  for (const auto& [context, heads, width, windows] :
       {std::tuple<std::uint32_t, std::uint32_t, std::uint64_t, std::uint64_t>{1, 1, 1, 1},
        {5, 2, 3, 2},
        {16, 4, 8, 3}}) {
    const std::uint64_t rows = windows * context, cols = heads * width;
    const Matrix x = random_matrix(rows, cols), gain = random_matrix(1, cols), bias = random_matrix(1, cols),
                 gradient = random_matrix(rows, cols), qkv = random_matrix(rows, 3 * cols);
    const train::AttentionShape shape{context, heads};
    expect_equal("transformer", [&](Backend& on) -> std::vector<Tensor> {
      const Tensor g = on.upload(gradient), scale = on.upload(gain), in = on.upload(qkv);
      const train::NormalizedRows normalized = on.layer_norm(on.upload(x), scale, on.upload(bias));
      const train::Attention attention = on.causal_attention(in, shape);
      return {normalized.output,
              normalized.normalized,
              normalized.inverse_deviation,
              on.layer_norm_backward(g, scale, normalized),
              attention.output,
              attention.probabilities,
              on.causal_attention_backward(g, in, attention.probabilities, shape)};
    });
  }
}

TEST_F(CudaBackend, LossAndItsGradient) {
  for (const auto& [rows, cols] : {std::pair<std::uint64_t, std::uint64_t>{1, 2}, {3, 4}, {300, 10}}) {
    Matrix logits = random_matrix(rows, cols);
    for (float& z : logits.values) z *= 3;
    logits.values[0] = logits.values[1];  // of two largest, the first counts
    std::vector<std::uint8_t> labels(rows);
    for (auto& label : labels) label = static_cast<std::uint8_t>(source_.below(cols));
    std::vector<train::Loss> losses;
    expect_equal("loss", [&](Backend& on) -> std::vector<Tensor> {
      const Tensor gradient = on.softmax_cross_entropy(on.upload(logits), labels);
      losses.push_back(on.finish_step());
      return {gradient};
    });
    EXPECT_EQ(losses[0].mean, losses[1].mean);
    EXPECT_EQ(losses[0].correct, losses[1].correct);
  }
}

TEST_F(CudaBackend, QuantizersAndTheirGemms) {
  const Im2col g{2, 4, 5, 3, 3, 3, 1, 1};
  const Matrix image = random_matrix(std::uint64_t{g.n} * g.h * g.w, g.c), weights = random_matrix(g.cols(), 7),
               gradient = random_matrix(g.rows(), 7);
  for (const std::uint32_t samples : {1U, 2U})
    for (const bool hindsight : {false, true})
      expect_equal("quantized", [&](Backend& on) -> std::vector<Tensor> {
        Matrix guess(1, 1);
        guess.values[0] = 7.5F;
        const Tensor estimate = on.upload(guess);
        Quantized a = on.quantize_sawb(on.upload(image), {.format = Format::uint4}),
                  w = on.quantize_sawb(on.upload(weights), {});
        const Quantized d =
            on.quantize_luq(on.upload(gradient), {{}, {5, 6, 7, 0}, {}}, hindsight ? &estimate : nullptr, samples);
        a.operand.im2col = g;
        a.operand.view = View::im2col;
        const Tensor fprop = on.gemm_codes(a, w).values;
        a.operand.view = View::im2col_transposed;
        w.operand.view = View::transposed;
        Quantized first = d;
        first.codes.resize(1);
        on.finish_step();
        return {a.statistics,
                w.statistics,
                d.statistics,
                on.next_estimate(d, 0.1F),
                fprop,
                on.gemm_codes(first, w).values,
                on.gemm_codes(a, d).values};
      });
}

TEST_F(CudaBackend, NonFiniteTensorsEndTheStep) {
  Matrix bad = random_matrix(3, 5);
  bad.values[7] = std::numeric_limits<float>::quiet_NaN();
  gpu_->quantize_luq(gpu_->upload(bad), {}, nullptr, 1);
  EXPECT_THROW(gpu_->finish_step(), train::NonFinite);
  EXPECT_NO_THROW(gpu_->finish_step()) << "reported once";
  bad.values[7] = -std::numeric_limits<float>::infinity();
  gpu_->quantize_sawb(gpu_->upload(bad), {});
  EXPECT_THROW(gpu_->finish_step(), train::NonFinite);
}

// A download that is not waited for keeps its memory until the copy is done.
TEST_F(CudaBackend, DownloadsSurviveTheirTensors) {
  const Matrix x = random_matrix(50, 20);
  std::vector<std::unique_ptr<train::Download>> downloads;
  for (int i = 0; i < 10; ++i) {
    const Tensor t = gpu_->upload(x);
    downloads.push_back(gpu_->download_later(t.data, t.size() * sizeof(float)));
  }
  downloads.resize(5);
  for (const auto& download : downloads) {
    const auto values = download->wait_for<float>();
    EXPECT_EQ(Values(values.begin(), values.end()), x.values);
  }
}

struct RunCase {
  train::NetworkKind network;
  train::Scheme scheme;
  std::uint32_t fnt_epochs = 0;
  int random_bits = 16;
};

class CudaTraining : public CudaBackend, public testing::WithParamInterface<RunCase> {
 protected:
  train::TrainResult run(Backend& backend, const std::string& trace) {
    train::Options options = test::small(GetParam().network);
    options.fnt_epochs = GetParam().fnt_epochs;
    options.random_bits = GetParam().random_bits;
    train::RecordOptions record;
    record.file = trace;
    record.steps = {0, 3};
    std::optional<train::Recorder> recorder;
    if (GetParam().scheme != train::Scheme::fp32) recorder.emplace(record, Provenance{.backend = "cuda"});
    train::TrainResult result = train::train(backend, options, GetParam().scheme, test::set_for(GetParam().network),
                                             recorder ? &*recorder : nullptr, {});
    if (recorder) recorder->finish();
    return result;
  }
};

TEST_P(CudaTraining, EveryStepAndTheTraceAreThoseOfTheCpu) {
  const test::TemporaryFolder folder;
  const std::string cpu_trace = (folder / "cpu.safetensors").string(),
                    gpu_trace = (folder / "gpu.safetensors").string();
  const train::TrainResult expected = run(*cpu_, cpu_trace), actual = run(*gpu_, gpu_trace);
  EXPECT_EQ(actual.step_losses, expected.step_losses);
  EXPECT_EQ(actual.weights_crc, expected.weights_crc);
  EXPECT_EQ(actual.epochs.back().held_out_accuracy, expected.epochs.back().held_out_accuracy);
  if (GetParam().scheme == train::Scheme::fp32) return;
  const Trace from_cpu = Trace::open(cpu_trace), from_gpu = Trace::open(gpu_trace);
  ASSERT_EQ(from_gpu.records().size(), from_cpu.records().size());
  for (std::size_t i = 0; i < from_cpu.records().size(); ++i) {
    const Record &x = from_cpu.records()[i], &y = from_gpu.records()[i];
    ASSERT_EQ(y.id, x.id);
    EXPECT_NE(y.kernel, x.kernel);
    for (const auto& [p, q] : {std::pair{&x.a, &y.a}, std::pair{&x.b, &y.b}}) {
      EXPECT_EQ(q->scale, p->scale);
      ASSERT_EQ(q->codes.size(), p->codes.size());
      for (std::size_t s = 0; s < p->codes.size(); ++s) {
        const auto before = from_cpu.codes(*p, s).bytes, after = from_gpu.codes(*q, s).bytes;
        EXPECT_TRUE(std::ranges::equal(before, after)) << x.id;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Runs, CudaTraining,
                         testing::Values(RunCase{train::NetworkKind::mlp, train::Scheme::fp32},
                                         RunCase{train::NetworkKind::mlp, train::Scheme::luq},
                                         RunCase{train::NetworkKind::mlp, train::Scheme::hindsight},
                                         RunCase{train::NetworkKind::cnn, train::Scheme::luq_smp2},
                                         RunCase{train::NetworkKind::cnn, train::Scheme::luq, 1, 8},
                                         RunCase{train::NetworkKind::gpt, train::Scheme::luq}),
                         [](const auto& info) {
                           std::string name =
                               std::string(name_of(info.param.network)) + "_" + std::string(name_of(info.param.scheme));
                           std::ranges::replace(name, '+', '_');
                           if (info.param.fnt_epochs > 0) name += "_fnt";
                           return name;
                         });

}  // namespace
}  // namespace luqsim
