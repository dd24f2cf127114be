// Repeatable random inputs, weighted toward the values where arithmetic goes wrong.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <random>
#include <vector>

namespace sampling {

class Source {
 public:
  explicit Source(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  // low <= value <= high
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  // Finite: half of the significands have long runs of zeros or ones, and exponents favour both ends and 1.
  float finite_float() {
    const auto random = static_cast<std::uint32_t>(bits());
    return std::bit_cast<float>((random & 0x80000000U) | (exponent_field() << 23) | mantissa());
  }
  // The same with an exponent field within `spread` of that of `center`.
  float float_near(float center, int spread) {
    const auto field = static_cast<std::int64_t>((std::bit_cast<std::uint32_t>(center) >> 23) & 0xFF);
    const std::int64_t low = std::max<std::int64_t>(0, field - spread),
                       high = std::min<std::int64_t>(254, field + spread);
    const auto exponent = static_cast<std::uint32_t>(between(low, high));
    return std::bit_cast<float>((static_cast<std::uint32_t>(bits()) & 0x80000000U) | (exponent << 23) | mantissa());
  }

 private:
  std::uint32_t exponent_field() {
    switch (below(4)) {
      case 0:
        return static_cast<std::uint32_t>(below(3));
      case 1:
        return static_cast<std::uint32_t>(252 + below(3));
      case 2:
        return static_cast<std::uint32_t>(117 + below(21));
      default:
        return static_cast<std::uint32_t>(below(255));
    }
  }
  std::uint32_t mantissa() {
    const auto random = static_cast<std::uint32_t>(bits()) & 0x7FFFFFU;
    const auto run = static_cast<std::uint32_t>(below(24));
    switch (below(6)) {
      case 0:
        return (0x7FFFFFU << run) & 0x7FFFFFU;
      case 1:
        return 0x7FFFFFU >> run;
      case 2:
        return (1U << run) & 0x7FFFFFU;
      default:
        return random;
    }
  }

  std::mt19937_64 engine_;
};

inline std::vector<float> floats_near(Source& source, float center, int spread, std::size_t count) {
  std::vector<float> x(count);
  for (float& v : x) v = source.float_near(center, spread);
  return x;
}

}  // namespace sampling
