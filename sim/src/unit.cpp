#include "unit.h"

namespace luqsim {

Unit::Unit(const sc_core::sc_module_name& name, std::function<void()> on_error)
    : sc_core::sc_module(name), on_error_(std::move(on_error)) {
  SC_HAS_PROCESS(Unit);
  SC_THREAD(process);
}

void Unit::process() {
  try {
    run();
  } catch (const sc_core::sc_unwind_exception&) {
    throw;  // SystemC ends the process this way
  } catch (...) {
    on_error_();
  }
}

void Unit::enter(Activity activity) {
  const Cycles now = current_cycle();
  counts_[static_cast<std::size_t>(activity_)] += now - since_;
  since_ = now;
  activity_ = activity;
}

void Unit::spend(Cycles n, Activity activity) {
  enter(activity);
  if (n > 0) wait(cycles_to_time(n));
}

void Unit::reclassify(Cycles n, Activity from, Activity to) {
  enter(activity_);
  counts_[static_cast<std::size_t>(from)] -= n;
  counts_[static_cast<std::size_t>(to)] += n;
}

ActivityCycles Unit::account() {
  enter(activity_);
  return counts_;
}

}  // namespace luqsim
