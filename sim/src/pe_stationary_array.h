// Weight- and input-stationary array, PE by PE: the reference that the wavefront model must equal cycle for cycle.
#pragma once
#include <list>

#include "pe_array.h"

namespace luqsim {

// A part of the output whose folds are under way: partial sums between folds, and the finished values.
struct PendingSums {
  std::vector<AccumulatorState> sums;  // by stream step, then column
  std::vector<float> out;              // row-major, as it will be stored
  std::uint64_t stream = 0, cols = 0;
  bool ws = true;
};

// A PE: shifts stationary words down through its next register, takes that over with the first word of a fold,
// multiplies what streams past from the left and adds to the sum that comes from above.
class StationaryPe : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock{"clock"};
  sc_core::sc_in<OperandWord> moving_in{"moving_in"};
  sc_core::sc_out<OperandWord> moving_out{"moving_out"};
  sc_core::sc_in<StationaryWord> stationary_in{"stationary_in"};
  sc_core::sc_out<StationaryWord> stationary_out{"stationary_out"};
  sc_core::sc_in<SumWord> sum_in{"sum_in"};
  sc_core::sc_out<SumWord> sum_out{"sum_out"};

  StationaryPe(const sc_core::sc_module_name& name, const PeArithmetic& arithmetic, Dataflow dataflow);

 private:
  void edge();

  const PeArithmetic& arithmetic_;
  const bool moving_is_a_;
  LaneValues next_{}, current_{};
};

// The top of a column: the sum so far of the element that enters, read in the cycle in which it enters.
class ColumnTop : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clock{"clock"};
  sc_core::sc_in<SumWord> request{"request"};
  sc_core::sc_out<SumWord> sum{"sum"};

  ColumnTop(const sc_core::sc_module_name& name, std::size_t column);

 private:
  void read();
  std::size_t column_;
};

class PeStationaryArray : public PeArray {
 public:
  PeStationaryArray(const sc_core::sc_module_name& name, const UnitContext& context, const Architecture& architecture,
                    const ArrayPorts& ports);

  void begin_preload(const TileOp& op, const TileValues* stationary, Cycles row_cycles) override;

 private:
  void run_clocked(const std::shared_ptr<const GemmJob>& job) override;
  void clear_entrances() override;
  void after_edge() override;
  void stream(const TileOp& op, const StationaryShape& shape, const TileValues* moving, PendingSums& sums);
  void collect();
  void shift_in();
  void build();

  std::size_t rows_, cols_;
  std::vector<std::unique_ptr<EdgeSignal<OperandWord>>> moving_edge_;         // by row
  std::vector<std::unique_ptr<EdgeSignal<StationaryWord>>> stationary_edge_;  // by column
  std::vector<std::unique_ptr<EdgeSignal<SumWord>>> sum_edge_;                // by column
  std::vector<std::shared_ptr<void>> parts_;                                  // signals and modules
  std::vector<sc_core::sc_signal<SumWord>*> sum_out_;                         // by PE
  std::list<std::shared_ptr<PendingSums>> pending_;

  // A preload under way: the words of each row, top row first.
  struct {
    bool active = false;
    Cycles begin = 0, row_cycles = 1;
    std::uint64_t rows = 0, cols = 0, row = 0;
    std::vector<LaneValues> words;
  } preload_;
};

}  // namespace luqsim
