#include "luqsim/numerics/lfsr.h"

#include <stdexcept>
#include <string>

namespace luqsim {

Lfsr16Lanes::Lfsr16Lanes(std::uint32_t lanes, std::uint32_t bits, std::uint64_t first_lane)
    : bits_(bits), states_(lanes) {
  if (lanes == 0 || bits < 1 || bits > 16)
    throw std::invalid_argument("lfsr16: " + std::to_string(lanes) + " lanes, " + std::to_string(bits) +
                                " bits; wanted at least one lane, 1 to 16 bits");
  for (std::uint64_t l = 0; l < lanes; ++l)
    states_[l] = static_cast<std::uint16_t>(1 + 40503 * (first_lane + l + 1) % 65535);
}

void Lfsr16Lanes::fill(std::uint64_t first, std::span<std::uint16_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t& state = states_[(first + i) % states_.size()];
    for (std::uint32_t b = 0; b < bits_; ++b) state = lfsr16_step(state);
    out[i] = state;
  }
}

}  // namespace luqsim
