#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "luqsim/vectors/vectors.h"

#include "stimuli.h"
#include "vector_file.h"

namespace luqsim {
namespace {

namespace json = boost::json;

struct LuqCase {
  Stimulus input;
  std::optional<float> estimate = std::nullopt;
  std::vector<std::uint16_t> lanes = {};  // empty: those of a Philox stream
};

std::vector<std::uint16_t> philox_lanes(const RandomStream& stream, const LuqConfig& config, std::size_t count) {
  RandomStream shared = stream;
  shared.step /= config.reuse;
  std::vector<std::uint16_t> lanes(count);
  fill_random_lanes(shared, 0, lanes);
  return lanes;
}

void add_case(VectorFile& file, const LuqConfig& config, const LuqCase& c, const RandomStream& stream) {
  const std::vector<float>& x = c.input.x;
  const std::vector<std::uint64_t> shape{c.input.rows, c.input.cols};
  json::object& parameters = file.begin(c.input.title);
  parameters["rows"] = c.input.rows;
  parameters["cols"] = c.input.cols;
  parameters["rounding"] = name_of(config.rounding);
  parameters["alpha"] = name_of(config.alpha);
  parameters["top_exponent"] = config.top_exponent;
  parameters["random_bits"] = config.random_bits;
  parameters["reuse"] = config.reuse;
  if (c.lanes.empty())
    parameters["stream"] = {
        {"seed", stream.seed}, {"tensor", stream.tensor}, {"step", stream.step}, {"sample", stream.sample}};
  const std::vector<std::uint16_t> lanes = c.lanes.empty() ? philox_lanes(stream, config, x.size()) : c.lanes;
  file.add("x", x, shape);
  file.add("lanes", lanes, shape);
  if (c.estimate) file.add_scalar("estimate", *c.estimate);

  const MaxAbs measured = max_abs(x);
  parameters["status"] = measured.status == QuantizeStatus::ok ? "ok" : "non_finite";
  if (measured.status != QuantizeStatus::ok) {
    parameters["first_non_finite"] = measured.first_non_finite;
    return;
  }
  const LuqScale scale = luq_scale(c.estimate.value_or(measured.max_abs), config);
  std::vector<std::int8_t> levels(x.size());
  luq_levels(x, lanes, scale, config, levels);
  const Format format = luq_format(config);
  parameters["format"] = name_of(format);
  file.add_scalar("max_abs", measured.max_abs);
  file.add_scalar("alpha", scale.alpha);
  file.add_scalar("inverse", scale.inverse);
  file.add("levels", levels, shape);
  // Level 8 of top exponent 7 has no 4-bit code.
  if (format == Format::int4 || config.top_exponent <= 6)
    file.add("codes", pack_levels(format, c.input.rows, c.input.cols, levels).bytes,
             {c.input.rows, packed_row_bytes(c.input.cols)});
}

// The maximum for which one unit is 1: ratios are the elements themselves.
float unit_maximum(const LuqConfig& config) {
  return config.rounding == Rounding::int4_sr ? 7.0F : std::ldexp(1.0F, config.top_exponent);
}

// Every level, the middle to the next one, and their neighbours, of both signs; values above the maximum clip.
LuqCase edges(const LuqConfig& config) {
  std::vector<float> x;
  const auto add = [&](float v) {
    add_with_neighbours(v, x);
    add_with_neighbours(-v, x);
  };
  add(std::ldexp(1.0F, -config.random_bits - 1));  // below this, no number rounds up
  add(0.5F);
  if (config.rounding == Rounding::int4_sr)
    for (int level = 1; level <= 7; ++level) add(static_cast<float>(level)), add(static_cast<float>(level) + 0.5F);
  else
    for (int k = 0; k <= config.top_exponent; ++k) add(std::ldexp(1.0F, k)), add(std::ldexp(1.5F, k));
  for (const float above : {2.0F, 1000.0F, 0x1p100F}) add(above * unit_maximum(config));
  return {row_of("edges of every level, and values above the estimate", std::move(x)), unit_maximum(config), {}};
}

// Fractions at which the random number just rounds up, one unit less at which it does not, one more; the bits of a lane
// that random_bits leaves out are set.
LuqCase ties(const LuqConfig& config) {
  const int bits = config.random_bits, unused = 16 - bits;
  const std::uint32_t numbers = 1U << bits;
  std::vector<float> x;
  std::vector<std::uint16_t> lanes;
  const auto add = [&](float value, std::uint32_t u) {
    add_with_neighbours(value, x);
    lanes.resize(x.size(), static_cast<std::uint16_t>((u << unused) | ((1U << unused) - 1)));
  };
  for (const std::uint32_t u : std::set<std::uint32_t>{0U, 1U, numbers / 2, numbers - 1}) {
    const float fraction = 1.0F - std::ldexp(static_cast<float>(2 * u + 1), -bits - 1);
    add(fraction, u);
    add(-fraction, u);
    const int whole = config.rounding == Rounding::int4_sr ? 6 : config.top_exponent - 1;
    for (int k = 0; k <= whole; ++k)
      add(config.rounding == Rounding::int4_sr ? static_cast<float>(k) + fraction : std::ldexp(1 + fraction, k), u);
  }
  return {row_of("fractions at which a random number just rounds up", std::move(x)), unit_maximum(config),
          std::move(lanes)};
}

std::vector<LuqCase> corner_cases(const LuqConfig& config) {
  std::vector<LuqCase> cases;
  for (Stimulus& tensor : corner_tensors()) cases.push_back({std::move(tensor)});
  cases.push_back(edges(config));
  cases.push_back(ties(config));
  const auto estimated = [&](const char* title, float estimate) {
    std::vector<float> x;
    for (int i = -20; i <= 20; ++i) x.push_back(0.11F * static_cast<float>(i));
    cases.push_back({{title, 1, x.size(), x}, estimate, {}});
  };
  estimated("a hindsight maximum of half the maximum: values above it", 1.1F);
  estimated("a hindsight maximum of twice the maximum", 4.4F);
  estimated("a hindsight maximum far too small", 0x1p-118F);
  estimated("a hindsight maximum below 2^-120", 0x1.fffffep-121F);
  estimated("a hindsight maximum of zero", 0);
  estimated("the largest hindsight maximum", 0x1.fffffep127F);
  for (const std::uint16_t lane : {std::uint16_t{0}, std::uint16_t{0xFFFF}}) {
    Stimulus tensor = row_of(lane == 0 ? "all random numbers zero" : "all random numbers at their largest", {});
    for (int i = 0; i < 64; ++i) tensor.x.push_back(std::ldexp(static_cast<float>(i % 2 == 0 ? i + 1 : -i), i % 7 - 6));
    tensor.cols = tensor.x.size();
    cases.push_back({tensor, std::nullopt, std::vector<std::uint16_t>(tensor.x.size(), lane)});
  }
  return cases;
}

LuqCase random_case(Source& source) {
  LuqCase c{random_tensor(source)};
  if (source.one_in(3)) {
    const float factor = static_cast<float>(source.between(1, 32)) * 0.0625F, maximum = max_abs(c.input.x).max_abs;
    const float estimate = maximum * factor;
    c.estimate = std::isfinite(estimate) ? estimate : maximum;
  }
  return c;
}

}  // namespace

std::size_t write_luq_vectors(const VectorOptions& options, std::span<const LuqConfig> configs) {
  for (const LuqConfig& config : configs) validate(config);
  VectorFile file(options.output, "luq", options.seed);
  Source source(options.seed);
  const auto add = [&](const LuqConfig& config, const LuqCase& c) {
    const RandomStream stream{options.seed, static_cast<std::uint32_t>(file.cases()),
                              static_cast<std::uint32_t>(source.below(1U << 24)),
                              static_cast<std::uint32_t>(source.below(1U << 8))};
    add_case(file, config, c, stream);
  };
  for (const LuqConfig& config : configs) {
    for (const LuqCase& c : corner_cases(config)) add(config, c);
    for (std::uint32_t i = 0; i < options.cases; ++i) add(config, random_case(source));
  }
  return file.commit();
}

}  // namespace luqsim
