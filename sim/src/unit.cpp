#include "unit.h"

namespace luqsim {

Unit::Unit(const sc_core::sc_module_name& name, const UnitContext& context)
    : sc_core::sc_module(name), context_(context) {
  SC_HAS_PROCESS(Unit);
  SC_THREAD(process);
  if (context.waveforms != nullptr)
    sc_core::sc_trace(context.waveforms, waveform_, std::string(basename()) + ".activity");
}

void Unit::process() {
  try {
    run();
  } catch (const sc_core::sc_unwind_exception&) {
    throw;  // SystemC ends the process this way
  } catch (...) {
    context_.on_error();
  }
}

void Unit::count_until(Cycles cycle, Activity activity) {
  if (cycle == counted_until_) return;
  counts_[static_cast<std::size_t>(activity)] += cycle - counted_until_;
  if (activity != span_activity_) {
    close_timeline();
    span_activity_ = activity;
  }
  counted_until_ = cycle;
}

void Unit::close_timeline() {
  if (context_.timeline != nullptr && counted_until_ > span_begin_)
    context_.timeline->unit_span(basename(), name_of(span_activity_), span_begin_, counted_until_);
  span_begin_ = counted_until_;
}

void Unit::enter(Activity activity) {
  count_until(current_cycle(), activity_);
  activity_ = activity;
  waveform_ = static_cast<unsigned char>(activity);
}

void Unit::spend(Cycles n, Activity activity) {
  enter(activity);
  if (n > 0) wait(cycles_to_time(n));
}

void Unit::attribute(Cycles n, Activity activity) { count_until(counted_until_ + n, activity); }

ActivityCycles Unit::account() {
  enter(activity_);
  return counts_;
}

}  // namespace luqsim
