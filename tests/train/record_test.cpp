// Recorded GEMMs: codes follow from sources by the oracle, outputs from codes by plain loops over the definitions;
// recording changes no weight.
#include <cstring>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/trace.h"

#include "im2col_reference.h"
#include "luq_bridge.h"
#include "oracle/sawb.h"
#include "small_set.h"

namespace luqsim {
namespace {

using train::NetworkKind;
using train::Options;
using train::RecordOptions;
using train::Scheme;

struct Recorded {
  Trace trace;
  train::TrainResult result;
};

Recorded record(const test::TemporaryFolder& folder, const Options& options, Scheme scheme, RecordOptions what) {
  what.file = folder / "recorded.safetensors";
  const auto backend = train::make_cpu_backend();
  train::Recorder recorder(what, Provenance{.backend = "cpu"});
  train::TrainResult result = train::train(*backend, options, scheme, test::set_for(options.network), &recorder, {});
  recorder.finish();
  return {Trace::open(what.file), std::move(result)};
}

// Element (i, j) of the operand matrix.
int element(const Operand& operand, const CodeView& codes, std::uint64_t i, std::uint64_t j) {
  const auto stored = test::viewed_element(operand.view, operand.im2col, i, j);
  return stored ? static_cast<int>(decode(codes.format, codes.code(stored->row, stored->col))) : 0;
}

struct Quantized {
  float scale = 0;
  std::vector<int> levels;
};

Quantized quantized_by_oracle(const Operand& operand, const std::vector<float>& x, std::size_t sample) {
  if (const auto* luq = std::get_if<LuqQuantization>(&*operand.quantization)) {
    RandomStream stream = luq->stream;
    stream.sample += static_cast<std::uint32_t>(sample);
    const oracle::LuqSettings settings = bridge::settings(luq->config);
    const oracle::LuqUnits units = oracle::luq_units(luq->estimate.value_or(oracle::max_magnitude(x)), settings);
    return {units.alpha, oracle::luq_levels(x, 0, units, settings, bridge::stream(stream))};
  }
  const SawbConfig& config = std::get<SawbQuantization>(*operand.quantization).config;
  const bool is_signed = config.format == Format::int4;
  Quantized q{oracle::sawb_scale(x, {is_signed, config.c1, config.c2}), {}};
  for (const float v : x) q.levels.push_back(oracle::sawb_level(v, q.scale, is_signed));
  return q;
}

void expect_codes_follow_from_source(const Trace& trace, const Operand& operand) {
  const std::vector<float> x = trace.source(operand);
  for (std::size_t s = 0; s < operand.codes.size(); ++s) {
    const Quantized q = quantized_by_oracle(operand, x, s);
    const std::vector<std::int8_t> levels(q.levels.begin(), q.levels.end());
    EXPECT_EQ(q.scale, operand.scale) << operand.source;
    EXPECT_TRUE(std::ranges::equal(pack_levels(operand.format, operand.rows, operand.cols, levels).bytes,
                                   trace.codes(operand, s).bytes))
        << operand.source << " sample " << s;
  }
}

void expect_output_follows_from_codes(const Trace& trace, const Record& r) {
  const std::vector<float> out = trace.out(r);
  const auto samples = static_cast<std::uint32_t>(r.samples());
  const float scale = output_scale(r.a.scale, r.b.scale, samples);
  std::size_t wrong = 0;
  for (std::uint64_t i = 0; i < r.m; ++i)
    for (std::uint64_t j = 0; j < r.n; ++j) {
      std::int64_t sum = 0;
      for (std::size_t s = 0; s < samples; ++s) {
        const CodeView a = trace.codes(r.a, s % r.a.codes.size()), b = trace.codes(r.b, s % r.b.codes.size());
        for (std::uint64_t k = 0; k < r.k; ++k) sum += element(r.a, a, i, k) * element(r.b, b, k, j);
      }
      const float expected = static_cast<float>(sum) * scale;
      wrong += std::memcmp(&expected, &out[i * r.n + j], sizeof expected) == 0 ? 0 : 1;
    }
  EXPECT_EQ(wrong, 0U) << r.id;
}

struct Case {
  const char* name;
  NetworkKind network;
  Scheme scheme;
  Format activation = Format::int4;
  bool all_in_4_bits = false;
};

// Every 4-bit layer has three, but an image's first layer no dgrad.
std::size_t records_a_step(const Case& c) {
  if (c.network == NetworkKind::gpt) return 3U * (c.all_in_4_bits ? 9 : 8);
  return c.all_in_4_bits ? 4 * 3 - 1 : 2 * 3;
}

class Replay : public testing::TestWithParam<Case> {};

TEST_P(Replay, EveryBit) {
  const Case& c = GetParam();
  Options options = test::small(c.network);
  options.activation = c.activation;
  options.first_in_4_bits = options.last_in_4_bits = c.all_in_4_bits;
  const test::TemporaryFolder folder;
  const Recorded recorded = record(folder, options, c.scheme, {.steps = {0, 7}});
  EXPECT_EQ(recorded.trace.records().size(), 2 * records_a_step(c));
  for (const Record& r : recorded.trace.records()) {
    expect_codes_follow_from_source(recorded.trace, r.a);
    expect_codes_follow_from_source(recorded.trace, r.b);
    expect_output_follows_from_codes(recorded.trace, r);
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, Replay,
                         testing::Values(Case{"luq_mlp", NetworkKind::mlp, Scheme::luq},
                                         Case{"luq_cnn", NetworkKind::cnn, Scheme::luq},
                                         Case{"smp2_mlp", NetworkKind::mlp, Scheme::luq_smp2},
                                         Case{"smp2_cnn_uint4", NetworkKind::cnn, Scheme::luq_smp2, Format::uint4},
                                         Case{"hindsight_mlp", NetworkKind::mlp, Scheme::hindsight},
                                         Case{"pow2_mlp", NetworkKind::mlp, Scheme::pow2},
                                         Case{"int4_sr_mlp", NetworkKind::mlp, Scheme::int4_sr},
                                         Case{"luq_cnn_all", NetworkKind::cnn, Scheme::luq, Format::uint4, true},
                                         Case{"luq_gpt", NetworkKind::gpt, Scheme::luq},
                                         Case{"smp2_gpt_all", NetworkKind::gpt, Scheme::luq_smp2, Format::uint4, true},
                                         Case{"hindsight_gpt", NetworkKind::gpt, Scheme::hindsight}),
                         [](const auto& info) { return std::string(info.param.name); });

std::map<std::string, Record> by_id(const Trace& trace) {
  std::map<std::string, Record> records;
  for (const Record& r : trace.records()) records[r.id] = r;
  return records;
}

TEST(Recording, TheThreePassesShareTensors) {
  const test::TemporaryFolder folder;
  const Recorded recorded = record(folder, test::small_cnn(), Scheme::luq_smp2, {.steps = {3}});
  const auto records = by_id(recorded.trace);
  for (const char* layer : {"conv2", "fc1"}) {
    const Record& fprop = records.at(fmt::format("step3.{}.fprop", layer));
    const Record& dgrad = records.at(fmt::format("step3.{}.dgrad", layer));
    const Record& wgrad = records.at(fmt::format("step3.{}.wgrad", layer));
    const bool convolution = layer == std::string("conv2");
    EXPECT_EQ(fprop.a.view, convolution ? View::im2col : View::direct);
    EXPECT_EQ(wgrad.a.view, convolution ? View::im2col_transposed : View::transposed);
    EXPECT_EQ(fprop.a.codes, wgrad.a.codes);
    EXPECT_EQ(fprop.b.view, View::direct);
    EXPECT_EQ(dgrad.b.view, View::transposed);
    EXPECT_EQ(fprop.b.codes, dgrad.b.codes);
    EXPECT_EQ(wgrad.b.view, View::direct);
    EXPECT_EQ(dgrad.a.view, View::direct);
    EXPECT_EQ(wgrad.b.codes.size(), 2U);
    EXPECT_EQ(dgrad.a.codes, std::vector{wgrad.b.codes[0]});
  }
  const Record& conv = records.at("step3.conv2.dgrad");
  EXPECT_EQ(conv.m, 96U * 64);
  EXPECT_EQ(conv.n, 9U * 3);
  EXPECT_EQ(conv.k, 6U);
}

TEST(Recording, LayersOfAGpt) {
  Options options = test::small_gpt();
  options.activation = Format::uint4;
  const test::TemporaryFolder folder;
  const auto records = by_id(record(folder, options, Scheme::luq, {.steps = {10}}).trace);
  struct Expected {
    const char* layer;
    std::uint64_t k, n;
    std::uint32_t tensor;  // the embeddings have 0 and 1
    Format activation = Format::int4;
  };
  for (const Expected& e : {Expected{"block1.qkv", 12, 36, 2}, Expected{"block1.proj", 12, 12, 3},
                            Expected{"block1.fc1", 12, 48, 4}, Expected{"block1.fc2", 48, 12, 5, Format::uint4},
                            Expected{"block2.qkv", 12, 36, 6}, Expected{"block2.proj", 12, 12, 7},
                            Expected{"block2.fc1", 12, 48, 8}, Expected{"block2.fc2", 48, 12, 9, Format::uint4}}) {
    const Record& fprop = records.at(fmt::format("step10.{}.fprop", e.layer));
    EXPECT_EQ(fprop.m, 12U * 8) << e.layer;
    EXPECT_EQ(fprop.n, e.n) << e.layer;
    EXPECT_EQ(fprop.k, e.k) << e.layer;
    EXPECT_EQ(fprop.a.format, e.activation) << e.layer;
    const Record& dgrad = records.at(fmt::format("step10.{}.dgrad", e.layer));
    EXPECT_EQ(std::get<LuqQuantization>(*dgrad.a.quantization).stream.tensor, e.tensor) << e.layer;
  }
  EXPECT_EQ(records.size(), 24U);
}

TEST(Recording, StreamsNameSeedLayerAndStep) {
  Options options = test::small_mlp();
  options.seed = 0x123456789AULL;
  const test::TemporaryFolder folder;
  const Recorded recorded = record(folder, options, Scheme::luq, {.steps = {4}});
  const auto records = by_id(recorded.trace);
  for (const auto& [layer, tensor] : {std::pair("fc2", 1U), std::pair("fc3", 2U)}) {
    const RandomStream& stream =
        std::get<LuqQuantization>(*records.at(fmt::format("step4.{}.dgrad", layer)).a.quantization).stream;
    EXPECT_EQ(stream.seed, options.seed);
    EXPECT_EQ(stream.tensor, tensor);
    EXPECT_EQ(stream.step, 4U);
    EXPECT_EQ(stream.sample, 0U);
  }
}

TEST(Recording, StepsLayersAndEvery) {
  const test::TemporaryFolder folder;
  const Recorded recorded =
      record(folder, test::small_mlp(), Scheme::luq, {.steps = {1, 5}, .every = 5, .layers = {"fc3"}});
  std::vector<std::string> ids;
  for (const auto& [id, r] : by_id(recorded.trace)) ids.push_back(id);
  std::vector<std::string> expected;
  for (const int step : {0, 1, 10, 5})
    for (const char* pass : {"dgrad", "fprop", "wgrad"}) expected.push_back(fmt::format("step{}.fc3.{}", step, pass));
  EXPECT_EQ(ids, expected);
}

TEST(Recording, ChangesNoWeightAndNoLoss) {
  const test::TemporaryFolder folder;
  for (const NetworkKind network : {NetworkKind::mlp, NetworkKind::gpt})
    for (const Scheme scheme : {Scheme::luq, Scheme::luq_smp2, Scheme::hindsight}) {
      const Recorded recorded = record(folder, test::small(network), scheme, {.every = 3});
      const auto backend = train::make_cpu_backend();
      const train::TrainResult plain =
          train::train(*backend, test::small(network), scheme, test::set_for(network), nullptr, {});
      EXPECT_EQ(recorded.result.weights_crc, plain.weights_crc);
      EXPECT_EQ(recorded.result.step_losses, plain.step_losses);
    }
}

TEST(Recording, AnAbandonedRunLeavesNoFile) {
  const test::TemporaryFolder folder;
  { const train::Recorder recorder({.file = folder / "t.safetensors", .steps = {0}}, Provenance{.backend = "cpu"}); }
  EXPECT_TRUE(std::filesystem::is_empty(folder / ""));
}

TEST(Hindsight, EstimatesFollowTheRecurrence) {
  const test::TemporaryFolder folder;
  const Recorded recorded = record(folder, test::small_mlp(), Scheme::hindsight, {.every = 1, .layers = {"fc2"}});
  const auto records = by_id(recorded.trace);
  std::optional<float> estimate;
  for (std::uint32_t step = 0; step < 11; ++step) {
    const Operand& d = records.at(fmt::format("step{}.fc2.dgrad", step)).a;
    EXPECT_EQ(std::get<LuqQuantization>(*d.quantization).estimate, estimate) << step;
    float measured = 0;
    for (const float x : recorded.trace.source(d)) measured = std::max(measured, std::abs(x));
    // RN(RN((1 - eta) m) + RN(eta M)), eta = 0.1; the first step used the exact maximum.
    const float fresh = (1 - 0.1F) * measured, kept = 0.1F * estimate.value_or(measured);
    estimate = fresh + kept;
  }
}

}  // namespace
}  // namespace luqsim
