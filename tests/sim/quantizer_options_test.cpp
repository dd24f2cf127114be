// The codes that a design's own quantizer options give: those of the oracle with the same options, whatever the trace
// recorded.
#include <cmath>
#include <deque>

#include <fmt/format.h>

#include "luq_bridge.h"
#include "simulated_trace.h"

namespace luqsim {
namespace {

using Levels = std::vector<std::int8_t>;

constexpr std::uint64_t k = 33, n = 9;  // of the gradient: rows that do not fill bytes, a last part of the lanes
constexpr RandomStream stream{.seed = 77, .tensor = 3, .step = 5};
constexpr std::uint32_t samples = 2;

// x^16 + x^14 + x^13 + x^11 + 1 as the recurrence of one sequence of bits; a register is the first 16 of what is left.
class Lfsr {
 public:
  explicit Lfsr(std::uint64_t lane) {
    for (std::uint64_t state = 1 + 40503 * (lane + 1) % 65535; bits_.size() < 16; state /= 2)
      bits_.push_back(state % 2 == 1);
  }

  // The top `count` bits after as many shifts: all new.
  std::uint64_t next(int count) {
    for (int i = 0; i < count; ++i) {
      bits_.push_back(bits_[0] ^ bits_[2] ^ bits_[3] ^ bits_[5]);
      bits_.pop_front();
    }
    std::uint64_t number = 0;
    for (int i = 0; i < count; ++i) number = 2 * number + (bits_[15 - static_cast<std::size_t>(i)] ? 1 : 0);
    return number;
  }

 private:
  std::deque<bool> bits_;
};

class QuantizerOptions : public test::SimulatedTrace {
 protected:
  QuantizerOptions() {
    std::normal_distribution<float> normal;
    for (float& x : gradient_) x = normal(random_) * std::exp(normal(random_));
    maximum_ = std::abs(*std::ranges::max_element(gradient_, {}, [](float x) { return std::abs(x); }));
  }

  // Codes of Philox's numbers, sample after sample.
  std::vector<Levels> oracle(const LuqConfig& config) const {
    std::vector<Levels> levels;
    for (std::uint32_t s = 0; s < samples; ++s) {
      RandomStream of_sample = stream;
      of_sample.sample = s;
      levels.push_back(bridge::oracle_levels(gradient_, 0, maximum_, config, of_sample));
    }
    return levels;
  }

  // In series registers run on from one sample's pass to the next one's, in parallel each sample has its own.
  std::vector<Levels> lfsr_oracle(const LuqConfig& config, std::size_t lanes, Smp smp = Smp::serial) const {
    std::vector<Lfsr> registers;
    for (std::size_t lane = 0; lane < samples * lanes; ++lane) registers.emplace_back(lane);
    const oracle::LuqSettings settings = bridge::settings(config);
    const oracle::LuqUnits units = oracle::luq_units(maximum_, settings);
    std::vector<Levels> levels(samples);
    for (std::size_t s = 0; s < samples; ++s)
      for (std::size_t i = 0; i < gradient_.size(); ++i) {
        const std::size_t lane = (smp == Smp::parallel ? s * lanes : 0) + i % lanes;
        const std::uint64_t random = registers[lane].next(config.random_bits);
        const int level = oracle::luq_level(oracle::luq_ratio(gradient_[i], units.inverse), random, settings);
        levels[s].push_back(static_cast<std::int8_t>(gradient_[i] < 0 ? -level : level));
      }
    return levels;
  }

  // A trace that recorded default options, but has the codes and the scale of `config`; a design with `quantizer`
  // finds nothing to differ, one without does.
  void expect_codes(const QuantizerConfig& quantizer, const LuqConfig& config, const std::vector<Levels>& levels,
                    std::uint64_t buffer_bytes = 1U << 20) {
    const Trace trace = make_trace([&](TraceWriter& writer) {
      Record record{.id = "w", .pass = Pass::wgrad, .m = 2, .n = n, .k = k};
      record.a = {.rows = k, .cols = 2, .view = View::transposed};
      record.a.codes = {writer.add("a", pack_levels(Format::int4, k, 2, Levels(2 * k, 1)).view())};
      record.b = {.format = Format::fp4_e3m0, .rows = k, .cols = n};
      record.b.quantization = LuqQuantization{.config = {}, .stream = stream, .estimate = {}};
      record.b.scale = oracle::luq_units(maximum_, bridge::settings(config)).alpha;
      record.b.source = writer.add("source", gradient_, k, n);
      for (std::size_t s = 0; s < levels.size(); ++s)
        record.b.codes.push_back(
            writer.add(fmt::format("b{}", s), pack_levels(Format::fp4_e3m0, k, n, levels[s]).view()));
      writer.add(std::move(record));
    });
    Architecture a = test::ideal_architecture();
    const auto checks = [&] { return simulate(a, trace).records[0].checks; };
    std::uint64_t as_recorded = 0;
    for (const TensorCheck& check : checks()) as_recorded += check.mismatches;
    EXPECT_GT(as_recorded, 0U) << "the options change nothing";
    a.quantizer = quantizer;
    a.a.bytes = a.out.bytes = buffer_bytes;
    EXPECT_EQ(checks().size(), samples + 1U);
    for (const TensorCheck& check : checks()) EXPECT_EQ(check.mismatches, 0U) << check.tensor << check.first_mismatch;
  }

  std::vector<float> gradient_ = std::vector<float>(k * n);
  float maximum_ = 0;
};

TEST_F(QuantizerOptions, RandomBits) {
  for (const int bits : {1, 4, 9}) {
    const LuqConfig config{.random_bits = bits};
    expect_codes({.units = 1, .lanes = 8, .rng_bits = static_cast<std::uint32_t>(bits)}, config, oracle(config));
  }
}

TEST_F(QuantizerOptions, PowersOfTwoAsUnits) {
  const LuqConfig config{.alpha = Alpha::pow2};
  expect_codes({.units = 1, .lanes = 8, .alpha = Alpha::pow2}, config, oracle(config));
}

TEST_F(QuantizerOptions, StepsThatShareRandomNumbers) {
  for (const std::uint32_t reuse : {2U, 5U, 6U}) {
    const LuqConfig config{.reuse = reuse};
    expect_codes({.units = 1, .lanes = 8, .reuse = reuse}, config, oracle(config));
  }
}

TEST_F(QuantizerOptions, AllAtOnce) {
  const LuqConfig config{.alpha = Alpha::pow2, .random_bits = 4, .reuse = 2};
  expect_codes({.units = 1, .lanes = 8, .rng_bits = 4, .alpha = Alpha::pow2, .reuse = 2}, config, oracle(config));
}

TEST_F(QuantizerOptions, ARegisterALane) {
  for (const auto& [units, lanes] : {std::pair(1U, 8U), std::pair(3U, 5U)})
    for (const int bits : {4, 16}) {
      const LuqConfig config{.random_bits = bits};
      expect_codes({.units = units, .lanes = lanes, .rng = Rng::lfsr16, .rng_bits = static_cast<std::uint32_t>(bits)},
                   config, lfsr_oracle(config, std::size_t{units} * lanes));
    }
  const LuqConfig recorded;
  expect_codes({.units = 1, .lanes = 8, .rng = Rng::lfsr16}, recorded, lfsr_oracle(recorded, 8));
}

// Whatever part of the tensor a scratchpad holds at a time, and whether or not the design has lanes for more samples.
TEST_F(QuantizerOptions, ARegisterALaneAndSampleInParallel) {
  const LuqConfig config{.random_bits = 4};
  QuantizerConfig quantizer{.units = 1, .lanes = 8, .rng = Rng::lfsr16, .rng_bits = 4, .smp = Smp::parallel};
  for (const std::uint32_t lanes_for : {samples, samples + 1}) {
    quantizer.samples = lanes_for;
    for (const std::uint64_t buffer_bytes : {1U << 20, 512U, 2048U})
      expect_codes(quantizer, config, lfsr_oracle(config, 8, Smp::parallel), buffer_bytes);
  }
}

}  // namespace
}  // namespace luqsim
