// What a run refuses, most of it before its first step.
#include <gtest/gtest.h>

#include "input_error.h"
#include "small_set.h"

namespace luqsim {
namespace {

using train::Dataset;
using train::Images;
using train::Options;
using train::RecordOptions;
using train::Scheme;

Images blank_images(std::uint32_t n, std::uint32_t h, std::uint32_t w) {
  Images set;
  set.height = h;
  set.width = w;
  set.classes = 2;
  set.images = train::Matrix(n, std::uint64_t{h} * w);
  set.labels.resize(n);
  return set;
}

std::string refusal(const Options& options, Scheme scheme, const Dataset& set, const RecordOptions* record = nullptr) {
  const auto backend = train::make_cpu_backend();
  const test::TemporaryFolder folder;
  std::optional<train::Recorder> recorder;
  if (record != nullptr) {
    RecordOptions here = *record;
    here.file = folder / "t.safetensors";
    recorder.emplace(here, Provenance{.backend = "cpu"});
  }
  try {
    train::train(*backend, options, scheme, set, recorder ? &*recorder : nullptr, {});
  } catch (const train::InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Limits, BatchOfMoreThanTheTrainingImages) {
  Options options = test::small_mlp();
  options.batch = 1439;
  EXPECT_EQ(refusal(options, Scheme::luq, test::digits()), "batch: 1439; wanted at most 1438, the training images");
  options.batch = 1438;
  EXPECT_EQ(refusal(options, Scheme::luq, test::digits()), "accepted");
}

TEST(Limits, FiveImagesAtLeast) {
  Options options = test::small_mlp();
  options.batch = 4;
  EXPECT_EQ(refusal(options, Scheme::luq, blank_images(4, 2, 2)),
            "4 images; wanted at least 5: every fifth is held out");
  EXPECT_EQ(refusal(options, Scheme::luq, blank_images(5, 2, 2)), "accepted");
}

TEST(Limits, StepsFitTheRandomStream) {
  Options options = test::small_mlp();
  options.batch = 1;
  options.epochs = 1U << 22;
  EXPECT_EQ(refusal(options, Scheme::luq, blank_images(5, 2, 2)),
            "epochs: 4194304 of 4 steps each; wanted fewer than 16777216 steps in all");
}

TEST(Limits, PoolingWantsEvenSizes) {
  Options options = test::small_cnn();
  options.batch = 4;
  EXPECT_EQ(refusal(options, Scheme::luq, blank_images(5, 2, 3)),
            "images are 2 x 3; a cnn pools 2 x 2 and wants even sizes");
}

TEST(Limits, SumsStayExact) {
  Options options = test::small_cnn();
  options.batch = 8;
  options.channels = 1;
  // 8 images of 512 x 512 patches: K of conv2's wgrad is 2^21.
  EXPECT_EQ(refusal(options, Scheme::luq, blank_images(10, 512, 512)),
            "layer conv2: a 4-bit GEMM with K = 2097152; wanted less than 2097152: a smaller batch or network");
}

TEST(Limits, TensorsStayWithinExactMoments) {
  Options options = test::small_mlp();
  options.first_in_4_bits = true;
  options.batch = 4;
  options.hidden = 65;
  EXPECT_EQ(refusal(options, Scheme::luq, blank_images(5, 1024, 2044)),
            "layer fc1: a 4-bit tensor of 1071644672 elements; wanted at most 134217728: a smaller batch or network");
}

TEST(Limits, HeadsDivideTheWidth) {
  Options options = test::small_gpt();
  options.heads = 5;
  EXPECT_EQ(refusal(options, Scheme::luq, test::sentences()), "width: 12; wanted a multiple of heads, 5");
  options.heads = 12;
  EXPECT_EQ(refusal(options, Scheme::luq, test::sentences()), "accepted");
}

TEST(Limits, TextsHoldAWindowTwice) {
  Options options = test::small_gpt();
  EXPECT_EQ(refusal(options, Scheme::luq, train::Text("short.txt", std::string(44, 'x'))),
            "context: 8 in short.txt of 44 characters; wanted a text of at least 45: its last fifth is held out");
  EXPECT_EQ(refusal(options, Scheme::luq, train::Text("short.txt", std::string(45, 'x'))), "accepted");
}

TEST(Limits, SumsOverTokensStayExact) {
  Options options = test::small_gpt();
  options.batch = 1U << 18;  // windows of 8 tokens: K of wgrad is 2^21
  EXPECT_EQ(refusal(options, Scheme::luq, test::sentences()),
            "layer block1.qkv: a 4-bit GEMM with K = 2097152; wanted less than 2097152: a smaller batch or network");
}

TEST(Limits, NetworksFitTheirSets) {
  EXPECT_EQ(refusal(test::small_gpt(), Scheme::luq, test::digits()), "network: gpt; wanted mlp or cnn for images");
  EXPECT_EQ(refusal(test::small_mlp(), Scheme::luq, test::sentences()), "network: mlp; wanted gpt for a text");
}

TEST(Limits, GptStepsFitTheRandomStream) {
  Options options = test::small_gpt();
  options.steps_per_epoch = 1U << 23;
  options.epochs = 2;
  EXPECT_EQ(refusal(options, Scheme::luq, test::sentences()),
            "epochs: 2 of 8388608 steps each; wanted fewer than 16777216 steps in all");
}

TEST(Limits, DivergenceNamesTheRateAndTheStep) {
  Options options = test::small_mlp();
  options.rate = 1e6F;
  Options gpt = test::small_gpt();
  gpt.rate = 1e6F;
  for (const Scheme scheme : {Scheme::fp32, Scheme::luq})
    for (const std::string& message :
         {refusal(options, scheme, test::digits()), refusal(gpt, scheme, test::sentences())})
      EXPECT_EQ(message.find("rate: 1000000; training diverged in step "), 0U) << message;
}

// The trace's writer knows it after 15,000 steps, the recorder after one.
TEST(Limits, RecordedStepsFitAHeader) {
  Options options = test::small_mlp();
  options.epochs = 2000;  // 22,000 steps
  RecordOptions record{.every = 1};
  const std::string message = refusal(options, Scheme::luq, test::digits(), &record);
  EXPECT_TRUE(message.starts_with("--record: 22000 steps, a trace's header of up to 1")) << message;
  EXPECT_TRUE(message.ends_with(
      " bytes; wanted at most 100000000: fewer --record-steps or --record-layers, a larger --record-every"))
      << message;
}

TEST(Limits, RecordingNeedsStepsAndLayersThatRunIn4Bits) {
  const Options options = test::small_mlp();  // 11 steps
  RecordOptions record;
  EXPECT_EQ(refusal(options, Scheme::luq, test::digits(), &record),
            "--record without steps; wanted --record-steps or --record-every");
  record.steps = {0, 11};
  EXPECT_EQ(refusal(options, Scheme::luq, test::digits(), &record),
            "--record-steps: 11; wanted less than 11, the run's steps");
  record.steps = {10};
  EXPECT_EQ(refusal(options, Scheme::fp32, test::digits(), &record), "--record: no layer has 4-bit gradients");
  record.layers = {"fc2", "fc1"};
  EXPECT_EQ(refusal(options, Scheme::luq, test::digits(), &record), "--record-layers: fc1; wanted some of fc2, fc3");
  record.layers = {"fc2"};
  EXPECT_EQ(refusal(options, Scheme::luq, test::digits(), &record), "accepted");
}

}  // namespace
}  // namespace luqsim
