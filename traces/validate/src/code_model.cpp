#include "code_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

namespace luqsim {
namespace {

using enum Hypothesis;

float flushed(float x) { return std::fabs(x) < std::numeric_limits<float>::min() ? std::copysign(0.0F, x) : x; }

}  // namespace

CodeModel::CodeModel(const Trace& trace, const Operand& operand, std::size_t sample, const SourceStatistics& statistics,
                     float signed_max, const Hypotheses& hypotheses)
    : operand_(operand),
      source_(trace.tensor(operand.source)),
      h_(hypotheses),
      luq_(std::get_if<LuqQuantization>(&*operand.quantization)) {
  if (luq_ == nullptr) {
    set_sawb_scale(std::get<SawbQuantization>(*operand.quantization).config, statistics);
  } else {
    stream_ = luq_->stream;
    stream_.sample += static_cast<std::uint32_t>(sample);
    stream_.step /= luq_->config.reuse;
    const float measured = h_[max_without_abs] ? std::max(signed_max, 0.0F) : statistics.measured.max_abs;
    set_luq_scale(*luq_, luq_->estimate.value_or(measured));
  }
}

void CodeModel::set_luq_scale(const LuqQuantization& luq, float max_abs) {
  LuqConfig config = luq.config;
  top_level_ = config.top_exponent + 1;
  if (h_[top_exponent_7]) config.top_exponent = 7;
  top_exponent_ = config.top_exponent;
  const LuqScale scale = luq_scale(max_abs, config);
  scale_ = scale.alpha;
  inverse_ = scale.inverse;
}

void CodeModel::set_sawb_scale(const SawbConfig& config, const SourceStatistics& statistics) {
  const float max_abs = statistics.measured.max_abs;
  top_level_ = config.format == Format::int4 ? 7 : 15;
  const auto scale_of = [&](double c1, double c2) {
    SawbConfig other = config;
    other.c1 = c1;
    other.c2 = c2;
    return sawb_scale(statistics.moments, max_abs, other);
  };
  scale_ = scale_of(config.c1, config.c2);
  if (h_[other_clip_constants]) {
    // Of the pairs in use besides that of the record, the one that the recorded scale shows.
    constexpr std::array<std::pair<double, double>, 3> pairs{{{12.035, 12.03}, {12.68, 12.80}, {12.1, 12.2}}};
    const std::pair given{config.c1, config.c2};
    const auto shows = [&](const auto& pair) {
      return pair != given && scale_of(pair.first, pair.second) == operand_.scale;
    };
    const auto* found = std::ranges::find_if(pairs, shows);
    if (found == pairs.end()) found = std::ranges::find_if(pairs, [&](const auto& pair) { return pair != given; });
    scale_ = scale_of(found->first, found->second);
  }
  if (h_[scale_in_binary32] && scale_ > 0) {
    const auto& m = statistics.moments;
    const auto n = static_cast<float>(m.count);
    const float rms = std::sqrt(static_cast<float>(m.sum_of_squares) / n), mean = static_cast<float>(m.sum) / n;
    const float clip =
        std::ldexp(static_cast<float>(config.c1) * rms - static_cast<float>(config.c2) * mean, m.exponent - 17);
    const float levels = static_cast<float>(top_level_);
    scale_ = clip > 0 && clip <= max_abs ? clip / levels : max_abs / levels;
  }
  inverse_ = scale_ > 0 ? 1.0F / scale_ : 0.0F;
}

float CodeModel::value(std::uint64_t element) const {
  if (source_.dtype == Dtype::BF16) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, source_.bytes.data() + 2 * element, sizeof bits);
    return std::bit_cast<float>(std::uint32_t{bits} << 16);
  }
  float x = 0;
  std::memcpy(&x, source_.bytes.data() + 4 * element, sizeof x);
  return x;
}

std::uint32_t CodeModel::stored(std::uint64_t row, std::uint64_t col) const {
  if (h_[nibbles_swapped]) {
    col ^= 1;
    if (col >= operand_.cols) return 0;
  }
  if (!h_[codes_transposed]) return code(row, col);
  // Element (row, col) of the file is element (turned / rows, turned % rows) of the transposed tensor.
  const std::uint64_t turned = row * operand_.cols + col;
  return code(turned % operand_.rows, turned / operand_.rows);
}

std::uint32_t CodeModel::code(std::uint64_t row, std::uint64_t col) const {
  if (scale_ == 0) return 0;
  float x = value(row * operand_.cols + col);
  if (h_[flushed_subnormals]) x = flushed(x);
  const std::int32_t level = luq_ == nullptr ? sawb_level(x) : luq_level(x, random_number(row, col));
  if (operand_.format != Format::fp4_e3m0) return static_cast<std::uint32_t>(level) & 0xF;
  return level < 0 ? 8U | static_cast<std::uint32_t>(-level) : static_cast<std::uint32_t>(level);
}

// |x| in units, rounded to binary32.
double CodeModel::ratio(float magnitude) const {
  const float r = h_[divided_by_scale] ? magnitude / scale_ : magnitude * inverse_;
  return static_cast<double>(h_[flushed_subnormals] ? flushed(r) : r);
}

double CodeModel::exact_ratio(float magnitude) const {
  return static_cast<double>(magnitude) * static_cast<double>(inverse_);
}

std::int32_t CodeModel::sawb_level(float x) const {
  const double r = h_[contracted_product] ? exact_ratio(std::fabs(x)) : ratio(std::fabs(x));
  const double rounded = h_[round_half_away] ? std::floor(r + 0.5) : std::nearbyint(r);
  const auto level = static_cast<std::int32_t>(std::min(rounded, static_cast<double>(top_level_)));
  if (x < 0) return operand_.format == Format::uint4 ? 0 : -level;
  return level;
}

std::int32_t CodeModel::luq_level(float x, std::uint32_t random) const {
  const int bits = luq_->config.random_bits;
  const Rounding rounding = luq_->config.rounding;
  // (u + 1/2) / 2^B, the chance that is added to a fraction.
  const double added = (random + (h_[truncated_random] ? 0.0 : 0.5)) / static_cast<double>(1U << bits);
  const double r = ratio(std::fabs(x));
  std::int32_t level = 0;
  if (rounding == Rounding::int4_sr) {
    const double clipped = std::min(r, 7.0), whole = std::floor(clipped);
    level = std::min(7, static_cast<std::int32_t>(whole) + (clipped - whole + added >= 1 ? 1 : 0));
  } else if (r >= 1) {
    const bool stochastic = rounding == Rounding::luq || rounding == Rounding::sr;
    const int exponent = std::min(std::ilogb(r), 64);
    const double fraction = std::ldexp(r, -exponent) - 1;
    const bool up = stochastic ? fraction + added >= 1 : fraction >= 0.5;
    level = std::min(std::min(exponent + (up ? 1 : 0), top_exponent_) + 1, top_level_);
  } else if (rounding == Rounding::luq || rounding == Rounding::rdnp_su) {
    // A kernel that fuses the product with the comparison has no rounded r here; above it needs one.
    level = (h_[contracted_product] ? exact_ratio(std::fabs(x)) : r) + added >= 1 ? 1 : 0;
  }
  return std::signbit(x) ? -level : level;
}

std::uint32_t CodeModel::random_number(std::uint64_t row, std::uint64_t col) const {
  const std::uint64_t element = h_[random_by_column] ? col * operand_.rows + row : row * operand_.cols + col;
  const bool by_word = h_[lane_per_word];
  const std::uint64_t block = element / (by_word ? 4 : 8);
  std::array<std::uint32_t, 4> counter{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                                       stream_.tensor, stream_.step * 256 + stream_.sample};
  if (h_[counter_without_sample]) counter[3] = stream_.step;
  if (h_[counter_tensor_and_step_swapped]) std::swap(counter[2], counter[3]);
  std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(stream_.seed),
                                   static_cast<std::uint32_t>(stream_.seed >> 32)};
  if (h_[key_halves_swapped]) std::swap(key[0], key[1]);
  const std::array<std::uint32_t, 4> words = philox4x32_10(counter, key);
  std::uint32_t lane = 0;
  if (by_word) {
    lane = words[element % 4] >> 16;
  } else {
    std::uint64_t j = element % 8;
    if (h_[lanes_reversed]) j = 7 - j;
    const bool high = (j % 2 == 1) != h_[lanes_high_half_first];
    lane = words[j / 2] >> (high ? 16 : 0) & 0xFFFF;
  }
  return lane >> (16 - luq_->config.random_bits);
}

}  // namespace luqsim
