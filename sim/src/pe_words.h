// What travels between the PEs of the `pe` arrays, one value a signal.
#pragma once
#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "luqsim/numerics/accumulator.h"

namespace luqsim {

inline constexpr std::size_t max_lanes = 64;
using LaneValues = std::array<std::int8_t, max_lanes>;

// One step of an operand at one row or column. os: first and last of the fold's sums; ws, is: first of the fold, which
// makes the PE take its new stationary value.
struct OperandWord {
  bool valid = false, first = false, last = false;
  LaneValues values{};
  friend bool operator==(const OperandWord&, const OperandWord&) = default;
};

// A row of the stationary operand on its way down a column: `hops` PEs still to go.
struct StationaryWord {
  bool valid = false;
  std::uint32_t hops = 0;
  LaneValues values{};
  friend bool operator==(const StationaryWord&, const StationaryWord&) = default;
};

struct PendingSums;

// A partial sum. ws, is: of element `element` of `sums`, leaving the column after row `last_row`.
struct SumWord {
  bool valid = false, complete = false;
  std::uint64_t element = 0, last_row = 0;
  PendingSums* sums = nullptr;
  AccumulatorState state;
  friend bool operator==(const SumWord& a, const SumWord& b) {
    return a.valid == b.valid && a.complete == b.complete && a.element == b.element && a.last_row == b.last_row &&
           a.sums == b.sums && a.state.value == b.state.value && a.state.chunk == b.state.chunk &&
           a.state.chunk_terms == b.state.chunk_terms && a.state.overflows == b.state.overflows;
  }
};

// SystemC wants to print and to trace what a signal carries; waveforms show the first lane.
inline std::ostream& operator<<(std::ostream& out, const OperandWord& w) {
  return out << w.valid << ' ' << int{w.values[0]};
}
inline std::ostream& operator<<(std::ostream& out, const StationaryWord& w) { return out << w.valid << ' ' << w.hops; }
inline std::ostream& operator<<(std::ostream& out, const SumWord& w) { return out << w.valid << ' ' << w.state.value; }

inline void sc_trace(sc_core::sc_trace_file* file, const OperandWord& w, const std::string& name) {
  sc_core::sc_trace(file, w.valid, name + ".valid");
  sc_core::sc_trace(file, reinterpret_cast<const unsigned char&>(w.values[0]), name + ".lane0");
}
inline void sc_trace(sc_core::sc_trace_file* file, const StationaryWord& w, const std::string& name) {
  sc_core::sc_trace(file, w.valid, name + ".valid");
}
inline void sc_trace(sc_core::sc_trace_file* file, const SumWord& w, const std::string& name) {
  sc_core::sc_trace(file, w.valid, name + ".valid");
  sc_core::sc_trace(file, w.state.value, name + ".value");
}

// Delays what enters at a row or column of the array by `depth` cycles (depth >= 1).
template <class Word>
class SkewLine : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock{"clock"};
  sc_core::sc_in<Word> in{"in"};
  sc_core::sc_out<Word> out{"out"};

  SkewLine(const sc_core::sc_module_name& name, std::size_t depth) : sc_core::sc_module(name), registers_(depth - 1) {
    SC_HAS_PROCESS(SkewLine);
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
  }

 private:
  void edge() {
    Word word = in.read();
    for (Word& reg : registers_) std::swap(word, reg);
    out.write(word);
  }
  std::vector<Word> registers_;  // all but the last, which is the output signal
};

// Written by the feed in the first half of a cycle and cleared at its clock edge.
template <class Word>
using EdgeSignal = sc_core::sc_signal<Word, sc_core::SC_MANY_WRITERS>;

}  // namespace luqsim
