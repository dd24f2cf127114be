#include "luqsim/numerics/accumulator.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>

namespace luqsim {
namespace {

// Sums of integers stay integers below 2^53 in magnitude, so the binary64 sum is exact and the one rounding is here:
// to nearest even at `significand` bits, then to infinity from `limit` on.
double round_sum(double v, int significand, double limit) {
  const int dropped = 53 - significand;
  std::uint64_t bits = std::bit_cast<std::uint64_t>(v);
  const std::uint64_t odd = (bits >> dropped) & 1;
  bits += (std::uint64_t{1} << (dropped - 1)) - 1 + odd;
  bits &= ~((std::uint64_t{1} << dropped) - 1);
  const double rounded = std::bit_cast<double>(bits);
  if (rounded >= limit) return std::numeric_limits<double>::infinity();
  return rounded <= -limit ? -std::numeric_limits<double>::infinity() : rounded;
}
double round_fp16(double v) { return round_sum(v, 11, 65536.0); }

void add_integers(int bits, Overflow overflow, std::span<const std::int32_t> terms, AccumulatorState& state) {
  const std::int64_t high = (std::int64_t{1} << (bits - 1)) - 1, low = -high - 1;
  auto value = static_cast<std::int64_t>(state.value);
  for (const std::int32_t term : terms) {
    value += term;
    if (value >= low && value <= high) continue;
    ++state.overflows;
    const int unused = 64 - bits;
    const auto wrapped = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << unused) >> unused;
    value = overflow == Overflow::wrap ? wrapped : std::clamp(value, low, high);
  }
  state.value = static_cast<double>(value);
}

template <class Round>
void add_floats(Round round, std::span<const std::int32_t> terms, double& value) {
  for (const std::int32_t term : terms) value = round(value + term);
}

void add_chunks(std::uint32_t length, std::span<const std::int32_t> terms, AccumulatorState& state) {
  for (const std::int32_t term : terms) {
    state.chunk = round_fp16(state.chunk + term);
    if (++state.chunk_terms < length) continue;
    state.value = round_fp16(state.value + state.chunk);
    state.chunk = 0;
    state.chunk_terms = 0;
  }
}

// Bits of the significand of a floating-point accumulator.
int significand_bits(AccumulatorKind kind) {
  return kind == AccumulatorKind::fp32 ? 24 : kind == AccumulatorKind::bf16 ? 8 : 11;
}

}  // namespace

int integer_bits(AccumulatorKind kind) {
  switch (kind) {
    case AccumulatorKind::int16:
      return 16;
    case AccumulatorKind::int20:
      return 20;
    case AccumulatorKind::int24:
      return 24;
    case AccumulatorKind::int32:
      return 32;
    default:
      return 0;
  }
}

std::uint64_t exact_terms(const AccumulatorConfig& config, std::uint32_t max_product) {
  if (max_product == 0) throw std::invalid_argument("accumulator max_product: 0; wanted at least 1");
  const int bits = integer_bits(config.kind);
  const std::uint64_t largest =
      bits > 0 ? (std::uint64_t{1} << (bits - 1)) - 1 : std::uint64_t{1} << significand_bits(config.kind);
  return largest / max_product;
}

void accumulate(const AccumulatorConfig& config, std::span<const std::int32_t> terms, AccumulatorState& state) {
  if (const int bits = integer_bits(config.kind); bits > 0) return add_integers(bits, config.overflow, terms, state);
  switch (config.kind) {
    case AccumulatorKind::fp32:
      return add_floats([](double v) { return static_cast<double>(static_cast<float>(v)); }, terms, state.value);
    case AccumulatorKind::bf16:
      return add_floats([](double v) { return round_sum(v, 8, 0x1p128); }, terms, state.value);
    case AccumulatorKind::fp16:
      return add_floats(round_fp16, terms, state.value);
    case AccumulatorKind::chunk:
      return add_chunks(config.chunk_length, terms, state);
    default:
      throw std::invalid_argument("accumulator: no such kind");
  }
}

float accumulated(const AccumulatorConfig& config, const AccumulatorState& state) {
  const bool open_chunk = config.kind == AccumulatorKind::chunk && state.chunk_terms > 0;
  return static_cast<float>(open_chunk ? round_fp16(state.value + state.chunk) : state.value);
}

}  // namespace luqsim
