#include "pe_array.h"

namespace luqsim {

PeArray::PeArray(const sc_core::sc_module_name& name, const UnitContext& context, const Architecture& architecture,
                 const ArrayPorts& ports)
    : MacArray(name, context, architecture, ports) {
  arithmetic_.accumulator = architecture.array.accumulator;
  arithmetic_.lanes = architecture.array.lanes;
  SC_HAS_PROCESS(PeArray);
  SC_THREAD(clock_process);
  if (context.waveforms != nullptr) sc_core::sc_trace(context.waveforms, clock_, "array.clock");
}

void PeArray::run_gemm(const std::shared_ptr<const GemmJob>& job) {
  counts_ = job->counts;
  arithmetic_.products =
      job->numeric ? std::make_unique<ValueProducts>(architecture().array, job->a_format, job->b_format) : nullptr;
  clocked_ = true;
  clock_starts_.notify(sc_core::SC_ZERO_TIME);
  run_clocked(job);
  clocked_ = false;
}

void PeArray::clock_process() {
  try {
    while (true) {
      while (!clocked_) wait(clock_starts_);
      cycle();
    }
  } catch (const sc_core::sc_unwind_exception&) {
    throw;  // SystemC ends the process this way
  } catch (...) {
    context().on_error();
  }
}

void PeArray::cycle() {
  wait(one_tick());
  before_edge();
  clock_.write(true);
  wait(sc_core::SC_ZERO_TIME);
  clear_entrances();
  wait(one_tick());
  after_edge();
  clock_.write(false);
}

}  // namespace luqsim
