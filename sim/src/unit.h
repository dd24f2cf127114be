// A unit of the accelerator: one SystemC process, and the account of what each of its cycles was spent on.
#pragma once
#include <array>
#include <functional>

#include "luqsim/numerics/enum_names.h"

#include "cycles.h"

namespace luqsim {

enum class Activity : std::uint8_t {
  busy,
  dram_read,
  dram_write,
  buffer_full,
  fill,
  drain,
  quantizer,
  statistics,
  none
};
template <>
struct EnumNames<Activity> {
  static constexpr std::array<std::string_view, 9> names{"busy",  "dram_read", "dram_write", "buffer_full", "fill",
                                                         "drain", "quantizer", "statistics", "none"};
};
using ActivityCycles = std::array<Cycles, EnumNames<Activity>::names.size()>;

class Unit : public sc_core::sc_module {
 public:
  // `on_error` receives whatever the process threw.
  Unit(const sc_core::sc_module_name& name, std::function<void()> on_error);

  // From now on, cycles count as `activity`.
  void enter(Activity activity);
  // Spends n cycles as `activity`.
  void spend(Cycles n, Activity activity = Activity::busy);
  // Cycles counted so far as `from` were `to` after all.
  void reclassify(Cycles n, Activity from, Activity to);
  // Cycles so far, by activity; they sum to the current cycle.
  ActivityCycles account();

 protected:
  virtual void run() = 0;  // the process; it returns only when the simulation ends

 private:
  void process();

  std::function<void()> on_error_;
  ActivityCycles counts_{};
  Activity activity_ = Activity::none;
  Cycles since_ = 0;
};

}  // namespace luqsim
