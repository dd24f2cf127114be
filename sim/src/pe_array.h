// What the arrays that are simulated PE by PE share: the clock and the arithmetic of their PEs.
#pragma once
#include <memory>

#include "fold_sums.h"
#include "mac_array.h"
#include "pe_words.h"

namespace luqsim {

// What all PEs of a GEMM share.
struct PeArithmetic {
  AccumulatorConfig accumulator;
  std::size_t lanes = 1;
  std::unique_ptr<ValueProducts> products;  // null in a timing-only run
};

// The clock of the PEs rises in the middle of a cycle, when its units have acted, and runs only during a GEMM.
class PeArray : public MacArray {
 public:
  PeArray(const sc_core::sc_module_name& name, const UnitContext& context, const Architecture& architecture,
          const ArrayPorts& ports);

 protected:
  // Called in every cycle: as its second half begins, with the signals that rise with the clock to be written; at the
  // clock edge, at which registers still see the entrances; and as the next cycle begins.
  virtual void before_edge() {}
  virtual void clear_entrances() = 0;
  virtual void after_edge() {}
  virtual void run_clocked(const std::shared_ptr<const GemmJob>& job) = 0;

  PeArithmetic arithmetic_;
  ArrayCounts* counts_ = nullptr;
  sc_core::sc_signal<bool> clock_{"clock"};

 private:
  void run_gemm(const std::shared_ptr<const GemmJob>& job) final;
  void clock_process();
  void cycle();

  bool clocked_ = false;
  sc_core::sc_event clock_starts_;
};

}  // namespace luqsim
