// What happened when: the spans that a simulation reports while it runs.
#pragma once
#include <cstdint>
#include <string_view>

namespace luqsim {

// Receives a run's spans. A unit's spans follow each other without gap or overlap from cycle 0; records follow in
// order.
class TimelineSink {
 public:
  virtual ~TimelineSink() = default;
  // `unit` did `activity` (busy or a stall cause) in cycles begin .. end - 1.
  virtual void unit_span(std::string_view unit, std::string_view activity, std::uint64_t begin, std::uint64_t end) = 0;
  // A record of the trace ran in cycles begin .. end - 1.
  virtual void record_span(std::string_view record, std::uint64_t begin, std::uint64_t end) = 0;
};

}  // namespace luqsim
