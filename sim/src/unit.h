// A unit of the accelerator: one SystemC process, and the account of what each of its cycles was spent on.
#pragma once
#include <array>
#include <functional>

#include "luqsim/numerics/enum_names.h"
#include "luqsim/results/timeline.h"

#include "cycles.h"

namespace luqsim {

enum class Activity : std::uint8_t {
  busy,
  dram_read,
  dram_write,
  buffer_full,
  bank_conflict,
  fill,
  drain,
  quantizer,
  statistics,
  none
};
template <>
struct EnumNames<Activity> {
  static constexpr std::array<std::string_view, 10> names{"busy",          "dram_read", "dram_write", "buffer_full",
                                                          "bank_conflict", "fill",      "drain",      "quantizer",
                                                          "statistics",    "none"};
};
using ActivityCycles = std::array<Cycles, EnumNames<Activity>::names.size()>;

// What every unit of a simulation shares.
struct UnitContext {
  std::function<void()> on_error;               // called when a process throws, with the exception current
  TimelineSink* timeline = nullptr;             // may be null
  sc_core::sc_trace_file* waveforms = nullptr;  // may be null
};

class Unit : public sc_core::sc_module {
 public:
  Unit(const sc_core::sc_module_name& name, const UnitContext& context);

  // From now on, cycles count as `activity`.
  void enter(Activity activity);
  // Spends n cycles as `activity`.
  void spend(Cycles n, Activity activity = Activity::busy);
  // The first n cycles that were not counted yet were `activity`; the rest stays what the unit entered.
  void attribute(Cycles n, Activity activity);
  // Cycles so far, by activity; they sum to the current cycle.
  ActivityCycles account();
  // Reports the last span of the timeline.
  void close_timeline();

 protected:
  virtual void run() = 0;  // the process; it returns only when the simulation ends
  const UnitContext& context() const { return context_; }

 private:
  void process();
  void count_until(Cycles cycle, Activity activity);

  const UnitContext& context_;
  ActivityCycles counts_{};
  Activity activity_ = Activity::none;
  unsigned char waveform_ = static_cast<unsigned char>(Activity::none);  // activity_ as waveforms show it
  Cycles counted_until_ = 0;
  Activity span_activity_ = Activity::none;  // the timeline's open span
  Cycles span_begin_ = 0;
};

}  // namespace luqsim
