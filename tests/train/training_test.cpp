// Whole runs: they learn, and repeat bit for bit whatever the threads.
#include <numbers>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <omp.h>

#include "small_set.h"

namespace luqsim {
namespace {

using train::Options;
using train::Scheme;
using train::TrainResult;

TrainResult run(const Options& options, Scheme scheme) {
  const auto backend = train::make_cpu_backend();
  return train::train(*backend, options, scheme, test::set_for(options.network), nullptr, {});
}

void expect_same(const TrainResult& a, const TrainResult& b) {
  EXPECT_EQ(a.weights_crc, b.weights_crc);
  EXPECT_EQ(a.step_losses, b.step_losses);
  EXPECT_EQ(a.epochs.back().held_out_accuracy, b.epochs.back().held_out_accuracy);
  EXPECT_EQ(a.epochs.back().held_out_loss, b.epochs.back().held_out_loss);
}

TEST(Determinism, OneThreadOrThree) {
  for (const Options& options : {test::small_mlp(), test::small_cnn(), test::small_gpt()})
    for (const Scheme scheme : {Scheme::fp32, Scheme::luq}) {
      omp_set_num_threads(1);
      const TrainResult one = run(options, scheme);
      omp_set_num_threads(3);
      expect_same(one, run(options, scheme));
      omp_set_num_threads(1);
    }
}

TEST(Determinism, RepeatsForASeedAndOnlyForIt) {
  Options options = test::small_mlp();
  const TrainResult first = run(options, Scheme::luq);
  expect_same(first, run(options, Scheme::luq));
  options.seed = 2;
  EXPECT_NE(first.weights_crc, run(options, Scheme::luq).weights_crc);
}

// Bits that every compiler, processor and backend must give: a change here is a change of the arithmetic.
TEST(Determinism, PinnedWeights) {
  EXPECT_EQ(fmt::format("{:08x}", run(test::small_mlp(), Scheme::fp32).weights_crc), "5fea14c4");
  EXPECT_EQ(fmt::format("{:08x}", run(test::small_mlp(), Scheme::luq).weights_crc), "b65c3607");
  EXPECT_EQ(fmt::format("{:08x}", run(test::small_cnn(), Scheme::luq_smp2).weights_crc), "c27ccda3");
  EXPECT_EQ(fmt::format("{:08x}", run(test::small_gpt(), Scheme::fp32).weights_crc), "886d5748");
  EXPECT_EQ(fmt::format("{:08x}", run(test::small_gpt(), Scheme::luq).weights_crc), "63a72006");
}

TEST(Training, EverySchemeIsAnotherRun) {
  std::set<std::uint32_t> weights;
  for (std::size_t i = 0; i < EnumNames<Scheme>::names.size(); ++i)
    weights.insert(run(test::small_mlp(), static_cast<Scheme>(i)).weights_crc);
  EXPECT_EQ(weights.size(), EnumNames<Scheme>::names.size());
}

TEST(Training, FineTuningGoesOnFromTheSameRun) {
  Options options = test::small_mlp();
  options.fnt_epochs = 2;
  const TrainResult plain = run(test::small_mlp(), Scheme::luq), tuned = run(options, Scheme::luq);
  EXPECT_EQ(tuned.epochs.size(), 3U);
  EXPECT_EQ(tuned.epochs.front().held_out_loss, plain.epochs.back().held_out_loss);
  EXPECT_NE(tuned.weights_crc, plain.weights_crc);
}

TEST(Training, FewerRandomBitsAreAnotherRun) {
  Options options = test::small_mlp();
  std::set<std::uint32_t> weights{run(options, Scheme::luq).weights_crc};
  for (const int bits : {4, 8, 12}) {
    options.random_bits = bits;
    weights.insert(run(options, Scheme::luq).weights_crc);
  }
  EXPECT_EQ(weights.size(), 4U);
}

TEST(Training, UnsignedActivationsAndAllLayersIn4BitsAreOtherRuns) {
  Options options = test::small_mlp();
  std::set<std::uint32_t> weights{run(options, Scheme::luq).weights_crc};
  options.activation = Format::uint4;
  weights.insert(run(options, Scheme::luq).weights_crc);
  options.first_in_4_bits = true;
  weights.insert(run(options, Scheme::luq).weights_crc);
  options.last_in_4_bits = true;
  weights.insert(run(options, Scheme::luq).weights_crc);
  EXPECT_EQ(weights.size(), 4U);
}

void expect_learns(Options options, double accuracy) {
  options.epochs = 4;
  for (const Scheme scheme : {Scheme::fp32, Scheme::luq}) {
    const TrainResult result = run(options, scheme);
    EXPECT_GT(result.epochs.back().held_out_accuracy, accuracy) << name_of(scheme);
    EXPECT_GT(result.epochs.back().train_accuracy, accuracy) << name_of(scheme);
    EXPECT_LT(result.epochs.back().loss, result.epochs.front().loss) << name_of(scheme);
  }
}

TEST(Training, MlpLearnsInFourEpochs) {
  Options options;
  options.rate = 0.05F;
  expect_learns(options, 0.9);
}

TEST(Training, CnnLearnsInFourEpochs) {
  Options options;
  options.network = train::NetworkKind::cnn;
  options.channels = 8;
  options.hidden = 32;
  options.batch = 32;
  options.rate = 0.05F;
  expect_learns(options, 0.9);
}

// Who counts the successors of each character in the training part needs 2.7 bits for one of the held-out part.
TEST(Training, GptLearnsMoreThanItsLastCharacter) {
  Options options = test::small_gpt();
  options.context = 16;
  options.width = 32;
  options.heads = 4;
  options.batch = 8;
  options.epochs = 2;
  options.steps_per_epoch = 300;
  for (const Scheme scheme : {Scheme::fp32, Scheme::luq}) {
    const TrainResult result = run(options, scheme);
    EXPECT_LT(result.epochs.back().held_out_loss / std::numbers::ln2, 2.6) << name_of(scheme);
    EXPECT_LT(result.epochs.back().loss, result.epochs.front().loss) << name_of(scheme);
  }
}

TEST(Training, EveryGroupOfHeldOutImagesCounts) {
  train::Images set;
  set.height = set.width = 2;
  set.classes = 2;
  set.images = train::Matrix(5 * (train::evaluation_batch + 7), 4);
  set.labels.resize(set.images.rows, 1);
  const auto backend = train::make_cpu_backend();
  for (const Scheme scheme : {Scheme::fp32, Scheme::luq})
    EXPECT_EQ(train::train(*backend, test::small_mlp(), scheme, set, nullptr, {}).epochs.back().held_out_accuracy, 1);
}

TEST(Training, HeldOutResultsAreMeansOverAllLabels) {
  // Weights stay: only how the windows fall into groups, the last of them smaller, differs.
  Options options = test::small_gpt();
  options.rate = 1e-30F;
  options.decay = 0;
  options.batch = 700;
  options.steps_per_epoch = 1;
  const train::EpochResult three = run(options, Scheme::fp32).epochs.back();
  options.batch = 1900;
  const train::EpochResult two = run(options, Scheme::fp32).epochs.back();
  EXPECT_NEAR(three.held_out_loss, two.held_out_loss, 1e-5);
  EXPECT_EQ(three.held_out_accuracy, two.held_out_accuracy);
  EXPECT_NEAR(three.held_out_loss, three.loss, 0.1);
}

TEST(Training, ObserversSeeEveryStepAndEpoch) {
  Options options = test::small_mlp();
  options.epochs = 2;
  std::vector<std::uint32_t> steps, epochs;
  std::vector<float> losses;
  const auto backend = train::make_cpu_backend();
  const train::TrainResult result = train::train(*backend, options, Scheme::fp32, test::digits(), nullptr,
                                                 {[&](std::uint32_t step, std::uint32_t of, float loss) {
                                                    steps.push_back(step);
                                                    losses.push_back(loss);
                                                    EXPECT_EQ(of, 22U);
                                                  },
                                                  [&](const train::EpochResult& e) { epochs.push_back(e.epoch); }});
  EXPECT_EQ(steps.size(), 22U);
  EXPECT_EQ(steps.back(), 22U);
  EXPECT_EQ(losses, result.step_losses);
  EXPECT_EQ(epochs, (std::vector<std::uint32_t>{1, 2}));
}

}  // namespace
}  // namespace luqsim
