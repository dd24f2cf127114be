// LFSR16: the random numbers of small quantizer lanes, a 16-bit linear feedback shift register for each.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace luqsim {

// x^16 + x^14 + x^13 + x^11 + 1, Fibonacci form: the register shifts right, the new bit 15 is bit 0 ^ bit 2 ^ bit 3 ^
// bit 5. Period 2^16 - 1; state 0 is never reached.
constexpr std::uint16_t lfsr16_step(std::uint16_t state) {
  const auto bit = static_cast<unsigned>(state ^ (state >> 2) ^ (state >> 3) ^ (state >> 5)) & 1U;
  return static_cast<std::uint16_t>((state >> 1) | (bit << 15));
}

// One register a hardware lane. Register l starts at 1 + 40503 (first_lane + l + 1) mod 65535, never 0, and runs on:
// what an element gets depends on all before it. Up to 21845 registers start in states of their own; register l + 21845
// starts where l does, as 40503 and 65535 have the factor 3 in common. Element i of a pass takes lane i mod lanes,
// which shifts `bits` times; the number is the register (its top `bits` bits are new).
class Lfsr16Lanes {
 public:
  // Throws std::invalid_argument unless lanes >= 1 and 1 <= bits <= 16.
  Lfsr16Lanes(std::uint32_t lanes, std::uint32_t bits, std::uint64_t first_lane = 0);
  // The numbers of elements first .. first + out.size() - 1 of a pass, which must follow those asked for before.
  void fill(std::uint64_t first, std::span<std::uint16_t> out);

 private:
  std::uint32_t bits_;
  std::vector<std::uint16_t> states_;
};

}  // namespace luqsim
