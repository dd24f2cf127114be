// The bundled networks against the published sizes.
#include <algorithm>

#include <gtest/gtest.h>

#include "import_files.h"

namespace luqsim {
namespace {

using test::record;
using test::shape;

Trace workload(const char* name, const ImportOptions& options = {}) {
  return import_shapes(std::filesystem::path(LUQSIM_CONFIGS "/workloads") / name, options);
}

struct Totals {
  std::size_t layers = 0;
  std::uint64_t macs = 0, weights = 0;
};
Totals fprop_totals(const Trace& trace) {
  Totals totals;
  for (const Record& r : trace.records())
    if (r.pass == Pass::fprop) ++totals.layers, totals.macs += r.macs(), totals.weights += r.k * r.n;
  return totals;
}

constexpr std::uint64_t resnet50_macs = 4089184256;

TEST(Workloads, ResNet50) {
  const Trace trace = workload("resnet50.yaml");
  EXPECT_EQ(trace.provenance().network, "resnet50");
  const Totals totals = fprop_totals(trace);
  EXPECT_EQ(totals.layers, 54U);
  // 25557032 parameters less 53120 of batch normalization and the 1000 biases of fc.
  EXPECT_EQ(totals.weights, 25502912U);
  EXPECT_EQ(totals.macs, resnet50_macs);
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

TEST(Workloads, BertBase) {
  const Trace trace = workload("bert-base.yaml", {.passes = {Pass::fprop}});
  EXPECT_EQ(trace.records().size(), 12U * (3 + 12 + 12 + 3));
  std::uint64_t macs = 0, weights = 0;
  for (const Record& r : trace.records()) {
    macs += r.macs();
    if (r.layer.find("scores") == std::string::npos && r.layer.find("context") == std::string::npos)
      weights += r.k * r.n;
  }
  EXPECT_EQ(weights, 12U * (4 * 768 * 768 + 2 * 768 * 3072));
  EXPECT_EQ(macs, 128 * weights + 12U * 12 * 2 * 128 * 128 * 64);
  EXPECT_EQ(shape(record(trace, "encoder11.context.11.fprop")), "128x128x64 direct direct");
  EXPECT_EQ(shape(record(trace, "encoder0.down.fprop")), "128x3072x768 direct direct");
}

TEST(Workloads, EveryBundledOneImports) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LUQSIM_CONFIGS "/workloads")) {
    EXPECT_NO_THROW(import_shapes(entry.path())) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 2);
}

}  // namespace
}  // namespace luqsim
