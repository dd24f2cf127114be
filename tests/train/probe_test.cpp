// Probes: they change nothing, and what they write.
#include "probe.h"

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "input_error.h"
#include "small_set.h"

namespace luqsim {
namespace {

using train::Options;
using train::Scheme;

struct Line {
  std::uint32_t step = 0;
  std::string layer, gradient, reference;
  double cosine = 0, slope = 0, bias = 0, error = 0;
};

std::vector<Line> read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string text, header;
  std::getline(file, header);
  EXPECT_EQ(header, "step,layer,gradient,reference,cosine,slope,bias,error");
  std::vector<Line> lines;
  while (std::getline(file, text)) {
    std::ranges::replace(text, ',', ' ');
    Line l;
    std::istringstream(text) >> l.step >> l.layer >> l.gradient >> l.reference >> l.cosine >> l.slope >> l.bias >>
        l.error;
    lines.push_back(l);
  }
  return lines;
}

class Probes : public testing::Test {
 protected:
  std::uint32_t weights(const Options& options, Scheme scheme, std::optional<std::uint32_t> every,
                        std::optional<AccumulatorKind> accumulator = {}) {
    const auto backend = train::make_cpu_backend(accumulator);
    std::optional<train::Probe> probe;
    if (every) probe.emplace(train::ProbeOptions{file_, *every});
    const train::TrainResult result =
        train::train(*backend, options, scheme, test::set_for(options.network), nullptr, {}, probe ? &*probe : nullptr);
    if (probe) probe->write();
    return result.weights_crc;
  }
  std::vector<Line> lines(const Options& options, Scheme scheme, std::uint32_t every) {
    weights(options, scheme, every);
    return read(file_);
  }

  test::TemporaryFolder folder_;
  std::string file_ = folder_ / "probe.csv";
};

TEST_F(Probes, ChangeNoWeight) {
  for (const Options& options : {test::small_mlp(), test::small_cnn(), test::small_gpt()})
    for (const Scheme scheme : {Scheme::luq, Scheme::hindsight, Scheme::luq_smp2})
      EXPECT_EQ(weights(options, scheme, 2), weights(options, scheme, {})) << name_of(scheme);
}

TEST_F(Probes, EveryStepLayerGradientAndReference) {
  Options options = test::small_mlp();  // 11 steps
  options.first_in_4_bits = true;
  std::set<std::string> rows;
  for (const Line& l : lines(options, Scheme::luq, 5))
    rows.insert(std::to_string(l.step) + " " + l.layer + " " + l.gradient + " " + l.reference);
  // Steps 0, 5, 10; fc1 has no G.
  EXPECT_EQ(rows.size(), 3 * 2 * (1 + 2 + 2));
  EXPECT_TRUE(rows.contains("10 fc3 G network"));
  EXPECT_FALSE(rows.contains("0 fc1 G local"));
}

TEST_F(Probes, FineTuningHasNothingToCompare) {
  Options options = test::small_mlp();
  options.fnt_epochs = 2;
  EXPECT_EQ(lines(options, Scheme::luq, 10).back().step, 10U);
}

TEST_F(Probes, ReferencesDifferBehindAQuantizedLayer) {
  for (const Line& l : lines(test::small_mlp(), Scheme::luq, 1)) {
    EXPECT_GT(l.cosine, l.reference == "local" ? 0.8 : 0.6) << l.layer;
    EXPECT_LT(l.cosine, 1) << l.layer;
    EXPECT_NEAR(l.error * l.error, 1 - 2 * l.slope + std::pow(l.slope / l.cosine, 2), 1e-4) << l.layer;
  }
  double local = 0, network = 0;  // fc3's gradients come from fc4, in fp32; fc2's from a quantized one
  for (const Line& l : read(file_)) {
    if (l.layer == "fc2") (l.reference == "local" ? local : network) += l.error;
  }
  EXPECT_GT(network, 1.1 * local);
}

TEST_F(Probes, LuqHasNoBiasAndTwoSamplesHalfTheVariance) {
  const auto mean = [&](Scheme scheme, const char* gradient, double Line::*value) {
    double sum = 0, count = 0;
    for (const Line& l : lines(test::small_gpt(), scheme, 1))
      if (l.gradient == gradient && l.reference == "local") {
        sum += l.*value;
        ++count;
      }
    return sum / count;
  };
  for (const char* gradient : {"dW", "G"}) {
    EXPECT_NEAR(mean(Scheme::luq, gradient, &Line::slope), 1, 0.01);
    EXPECT_NEAR(mean(Scheme::luq, gradient, &Line::bias), 0, 0.01);
  }
  EXPECT_NEAR(mean(Scheme::luq_smp2, "dW", &Line::error) / mean(Scheme::luq, "dW", &Line::error), std::sqrt(0.5), 0.05);
  EXPECT_NEAR(mean(Scheme::luq_smp2, "G", &Line::error) / mean(Scheme::luq, "G", &Line::error), 1, 0.05);
}

TEST_F(Probes, Refusals) {
  const auto refusal = [&](Scheme scheme, const std::string& file) -> std::string {
    const auto backend = train::make_cpu_backend();
    try {
      train::Probe probe({file, 1});
      train::train(*backend, test::small_mlp(), scheme, test::digits(), nullptr, {}, &probe);
    } catch (const train::InputError& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal(Scheme::fp32, file_), "--probe: no layer has 4-bit gradients");
  EXPECT_EQ(refusal(Scheme::fp32_grad, file_), "--probe: no layer has 4-bit gradients");
  EXPECT_EQ(refusal(Scheme::luq, "no/such"), "--probe: no/such; cannot write it: No such file or directory");
}

}  // namespace
}  // namespace luqsim
