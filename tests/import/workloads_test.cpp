// The bundled networks against the published sizes.
#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

#include "import_files.h"

namespace luqsim {
namespace {

using test::record;
using test::shape;

Trace workload(const char* name, const ImportOptions& options = {}) {
  return import_shapes(std::filesystem::path(LUQSIM_CONFIGS "/workloads") / name, options);
}

bool holds(const Record& r, std::string_view part) { return r.layer.find(part) != std::string::npos; }

// Of one fprop. `weights`: of all GEMMs but those of two activations. `outputs`: N of those, together;
// `last_outputs`: N of the last.
struct Totals {
  std::uint64_t layers = 0, macs = 0, weights = 0, outputs = 0, last_outputs = 0;
};
Totals fprop_totals(const Trace& trace) {
  Totals totals;
  for (const Record& r : trace.records()) {
    if (r.pass != Pass::fprop) continue;
    ++totals.layers, totals.macs += r.macs();
    if (holds(r, "scores") || holds(r, "context")) continue;
    totals.weights += r.k * r.n, totals.outputs += r.n, totals.last_outputs = r.n;
  }
  return totals;
}

std::uint64_t rounded(std::uint64_t value, std::uint64_t unit) { return (value + unit / 2) / unit; }

constexpr std::uint64_t resnet50_macs = 4089184256;

// torchvision's parameter counts and GFLOPS (it counts a MAC as one), to the digits that it publishes.
TEST(Workloads, ConvolutionalNetworks) {
  struct Published {
    const char* file;
    std::size_t layers;  // GEMMs
    std::uint64_t parameters, macs_10m;
  };
  for (const Published& published : {Published{"resnet18.yaml", 21, 11689512, 181},
                                     {"resnet50.yaml", 54, 25557032, 409},
                                     {"resnext50.yaml", 54 + 16 * 31, 25028904, 423},
                                     {"mobilenet-v2.yaml", 36 + 7136, 3504872, 30}}) {
    const Totals totals = fprop_totals(workload(published.file));
    EXPECT_EQ(totals.layers, published.layers) << published.file;
    // A scale and a shift for each channel that a convolution puts out, and the biases of the classifier.
    const std::uint64_t batch_normalization = 2 * (totals.outputs - totals.last_outputs), biases = totals.last_outputs;
    EXPECT_EQ(totals.last_outputs, 1000U) << published.file;
    EXPECT_EQ(totals.weights + batch_normalization + biases, published.parameters) << published.file;
    EXPECT_EQ(rounded(totals.macs, 10'000'000), published.macs_10m) << published.file;
  }
}

TEST(Workloads, VitB16) {
  const Totals totals = fprop_totals(workload("vit-b16.yaml"));
  const std::uint64_t layer_normalization = 25 * 2 * 768, class_token = 768, positions = 197 * 768;
  EXPECT_EQ(totals.weights + totals.outputs + layer_normalization + class_token + positions, 86567656U);
  // torchvision's 17.56, which the products of attention are in: without them it would be 16.85.
  EXPECT_EQ(rounded(totals.macs, 10'000'000), 1756U);
}

TEST(Workloads, BertBase) {
  const Trace trace = workload("bert-base.yaml", {.passes = {Pass::fprop}});
  const Totals totals = fprop_totals(trace);
  EXPECT_EQ(totals.layers, 12U * (3 + 12 + 12 + 3) + 1);
  const std::uint64_t layer_normalization = 25 * 2 * 768, embeddings = (30522 + 512 + 2) * 768;
  const std::uint64_t parameters = totals.weights + totals.outputs + layer_normalization + embeddings;
  EXPECT_EQ(parameters, 109482240U);                // of bert-base-uncased
  EXPECT_EQ(rounded(parameters, 10'000'000), 11U);  // the paper's 110M
  const std::uint64_t encoder = 12 * (4 * 768 * 768 + 2 * 768 * 3072);
  EXPECT_EQ(totals.macs, 128 * encoder + 12U * 12 * 2 * 128 * 128 * 64 + 768 * 768);
  EXPECT_EQ(shape(record(trace, "encoder.11.context.11.fprop")), "128x128x64 direct direct");
  EXPECT_EQ(shape(record(trace, "encoder.0.down.fprop")), "128x3072x768 direct direct");
}

TEST(Workloads, TransformerBase) {
  const Trace trace = workload("transformer-base.yaml");
  const Totals totals = fprop_totals(trace);
  // Only the feed-forward layers have biases; each sublayer has a normalization.
  const std::uint64_t biases = 12 * (2048 + 512), layer_normalization = (6 * 2 + 6 * 3) * 2 * 512;
  const std::uint64_t parameters = totals.weights + biases + layer_normalization;
  EXPECT_EQ(parameters, 63045632U);
  // The paper's table says 65 M, 2 M more. Only the vocabulary, about 37000 tokens in its text, can be that much: the
  // embedding is the one number here that the paper rounds.
  EXPECT_EQ(rounded(parameters, 1'000'000), 65U - 2);
  // What the table says of 2, 4 and 8 layers instead of 6: 36, 50 and 80 M. A pair of layers is 7.36 M.
  const std::uint64_t pair = (parameters - 37000 * 512) / 6;
  EXPECT_EQ(rounded(2 * pair, 1'000'000), 15U);  // 50 - 36, 65 - 50, 80 - 65: 14 to 15
  EXPECT_EQ(shape(record(trace, "decoder.5.cross.scores.7.fprop")), "32x64x32 direct direct");
  EXPECT_EQ(shape(record(trace, "decoder.5.cross.kv.1.fprop")), "32x512x512 direct direct");
}

TEST(Workloads, Gpt) {
  const Totals totals = fprop_totals(workload("gpt-1.3b.yaml"));
  const std::uint64_t biases = totals.outputs - totals.last_outputs;  // the logits have none
  const std::uint64_t layer_normalization = 49 * 2 * 2048, positions = 2048 * 2048;
  EXPECT_EQ(totals.last_outputs, 50257U);
  EXPECT_EQ(rounded(totals.weights + biases + layer_normalization + positions, 100'000'000), 13U);  // 1.3B
}

// The keys and the values of a sequence are no other sequence's.
TEST(Workloads, BatchOfAttention) {
  const Trace trace = workload("bert-base.yaml", {.passes = {Pass::fprop}, .batch = 3});
  EXPECT_EQ(fprop_totals(trace).macs, 3 * fprop_totals(workload("bert-base.yaml")).macs);
  EXPECT_EQ(shape(record(trace, "encoder.0.scores.11.s2.fprop")), "128x64x128 direct direct");
  EXPECT_EQ(shape(record(trace, "encoder.0.qkv.0.fprop")), "384x768x768 direct direct");
}

TEST(Workloads, ResNet50Shapes) {
  const Trace trace = workload("resnet50.yaml");
  EXPECT_EQ(trace.provenance().network, "resnet50");
  EXPECT_EQ(fprop_totals(trace).macs, resnet50_macs);
  EXPECT_EQ(shape(record(trace, "conv1.fprop")), "12544x147x64 im2col direct");
  EXPECT_EQ(shape(record(trace, "layer2.0.conv2.fprop")), "784x1152x128 im2col direct");
  EXPECT_EQ(shape(record(trace, "layer4.0.downsample.wgrad")), "1024x49x2048 im2col_transposed direct");
  EXPECT_EQ(shape(record(trace, "fc.fprop")), "1x2048x1000 direct direct");
}

// Every convolution reads what the one before it wrote.
TEST(Workloads, ResNet50IsAChain) {
  const Trace trace = workload("resnet50.yaml", {.passes = {Pass::fprop}});
  std::uint64_t pixels = 56 * 56, channels = 64;  // after conv1's max pooling
  for (const Record& r : trace.records()) {
    if (r.layer == "conv1" || r.layer == "fc" || r.layer.ends_with("downsample")) continue;
    EXPECT_EQ(r.a.rows, pixels) << r.id;
    EXPECT_EQ(r.a.cols, channels) << r.id;
    pixels = r.m, channels = r.n;
  }
  EXPECT_EQ(pixels, 49U);
  EXPECT_EQ(channels, 2048U);
}

TEST(Workloads, ResNet50InABatch) {
  const Trace trace = workload("resnet50.yaml", {.batch = 32});
  EXPECT_EQ(fprop_totals(trace).macs, 32 * resnet50_macs);
  EXPECT_NO_THROW(workload("resnet50.yaml", {.batch = 128}));
  EXPECT_THROW(workload("resnet50.yaml", {.batch = 256}), TraceError);  // layer1's 205520896 activations
}

TEST(Workloads, EveryBundledOneImports) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LUQSIM_CONFIGS "/workloads")) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_NO_THROW(import_shapes(entry.path())) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 8);
}

TEST(Workloads, PassesByName) {
  const test::ImportFiles files;
  const auto file = files.write("net.yaml", "layers:\n  - {name: fc, type: gemm, m: 2, n: 3, k: 4}\n");
  EXPECT_EQ(open_workload(file, 0, {"wgrad"}).records().size(), 1U);
  try {
    open_workload(file, 0, {"fprop", "backward"});
    FAIL();
  } catch (const TraceError& e) {
    EXPECT_EQ(e.what(), file.string() + ": passes: 'backward'; wanted some of fprop, dgrad, wgrad");
  }
}

}  // namespace
}  // namespace luqsim
