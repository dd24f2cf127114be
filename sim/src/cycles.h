// Simulated time in clock cycles.
#pragma once
#include <cstdint>
#include <systemc>

namespace luqsim {

using Cycles = std::uint64_t;

// A cycle is two ticks of SystemC's time: units act on the first, arbiters decide on the second, when every request of
// the cycle has been made, so that no result depends on the order in which processes run.
inline constexpr std::uint64_t ticks_per_cycle = 2;

inline sc_core::sc_time one_tick() { return sc_core::sc_time::from_value(1); }
inline bool on_second_tick() { return sc_core::sc_time_stamp().value() % ticks_per_cycle != 0; }
inline sc_core::sc_time cycles_to_time(Cycles n) { return sc_core::sc_time::from_value(n * ticks_per_cycle); }
inline Cycles current_cycle() { return sc_core::sc_time_stamp().value() / ticks_per_cycle; }

}  // namespace luqsim
