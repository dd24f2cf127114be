// Output-stationary array, PE by PE: the reference that the wavefront model must equal cycle for cycle.
#pragma once
#include <memory>
#include <vector>

#include "pe_array.h"

namespace luqsim {

// A PE: passes A on to the right and B down, multiplies and accumulates; a finished sum moves to the drain register,
// from which the drain shifts it down the column.
class OsPe : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock{"clock"}, shift{"shift"};
  sc_core::sc_in<OperandWord> a_in{"a_in"}, b_in{"b_in"};
  sc_core::sc_out<OperandWord> a_out{"a_out"}, b_out{"b_out"};
  sc_core::sc_in<SumWord> drain_in{"drain_in"};
  sc_core::sc_out<SumWord> drain_out{"drain_out"};

  OsPe(const sc_core::sc_module_name& name, const PeArithmetic& arithmetic);

 private:
  void edge();

  const PeArithmetic& arithmetic_;
  AccumulatorState sum_;
};

class PeOsArray : public PeArray {
 public:
  PeOsArray(const sc_core::sc_module_name& name, const UnitContext& context, const Architecture& architecture,
            const ArrayPorts& ports);

  void begin_drain(FoldTile& fold, Cycles row_cycles) override;

 private:
  using Signal = sc_core::sc_signal<OperandWord>;

  void run_clocked(const std::shared_ptr<const GemmJob>& job) override;
  void before_edge() override { shift_out(); }
  void clear_entrances() override;
  void feed(const GemmJob& job, const TileOp& op);
  void feed_dense(const TileOp& op, const TileValues* a, const TileValues* b, std::uint64_t steps);
  void feed_skipping(const GemmJob& job, const TileOp& op, const TileValues& a, const TileValues& b);
  void drive(const TileOp& op, std::size_t group, const TileValues* a, const TileValues* b, std::uint64_t step,
             bool first, bool last);
  void wait_for_drain_registers();
  void shift_out();
  void build();

  std::size_t rows_, cols_;
  std::size_t group_rows_, group_cols_;  // PEs of a group that is fed by itself

  sc_core::sc_signal<bool> shift_{"shift"};
  // Entrances: of A at each row of each column group, of B at each column of each row group.
  std::vector<std::unique_ptr<EdgeSignal<OperandWord>>> a_edge_, b_edge_;
  std::vector<std::unique_ptr<Signal>> wires_;
  std::vector<std::unique_ptr<sc_core::sc_signal<SumWord>>> drain_wires_;
  std::vector<sc_core::sc_signal<SumWord>*> drain_out_;  // by PE
  std::vector<std::unique_ptr<sc_core::sc_module>> modules_;

  struct {
    FoldTile* fold = nullptr;
    Cycles begin = 0, row_cycles = 1;
    std::uint64_t row = 0;
  } draining_;
  std::vector<bool> started_;  // skipping: groups that have had a step of the fold
  bool fold_pending_ = false, drain_begun_ = false;
  Cycles drain_end_ = 0;
  sc_core::sc_event drain_begins_;
};

}  // namespace luqsim
