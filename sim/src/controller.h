// The controller: takes the records of a trace one after the other through quantization and GEMM.
#pragma once
#include <map>
#include <set>
#include <string>

#include "luqsim/arch/energy.h"
#include "luqsim/results/results.h"
#include "luqsim/sim/simulate.h"

#include "accelerator.h"
#include "code_memory.h"
#include "operand_quantizer.h"
#include "tile_loader.h"

namespace luqsim {

class Controller : public Unit {
 public:
  Controller(const UnitContext& context, const Architecture& architecture, const Trace& trace, Accelerator& accelerator,
             const Progress& progress);

  std::vector<RecordResult> take_results() { return std::move(results_); }

 private:
  // Of a LUQ tensor, for the design's own hindsight.
  struct Maximum {
    float measured = 0, estimate = 0;
  };
  struct Snapshot {
    Cycles cycle = 0;
    std::uint64_t read_bytes = 0, write_bytes = 0, a_read_bytes = 0, b_read_bytes = 0;
    std::vector<ActivityCycles> units;
  };

  void run() override;
  bool codes_known(const Record& record) const;
  RecordResult run_record(const Record& record);
  float quantize(const Record& record, const Operand& operand, const std::string& side, RecordResult& result);
  void quantize_data(const Record& record, const Operand& operand, const std::string& side, RecordResult& result);
  void quantize_shape(const Record& record, const Operand& operand);
  LuqChoice design_choice(const LuqQuantization& recorded, std::size_t samples);
  std::span<Lfsr16Lanes> lfsr_registers(std::size_t samples);
  void quantize_other(const Record& record, const Operand& operand);
  void run_passes(const QuantizeRequest& request, const Operand& operand, OperandQuantizer* quantizer);
  void multiply(const Record& record, float scale, RecordResult& result);
  Snapshot snapshot();
  void add_difference(const Snapshot& before, RecordResult& result);
  void add_energy(const Record& record, const Snapshot& before, RecordResult& result);

  const Architecture& architecture_;
  const Trace& trace_;
  Accelerator& accelerator_;
  const Progress& progress_;
  CodeMemory memory_;
  std::map<std::string, std::set<Pass>> versions_;  // by first codes: passes for which quantize_other has quantized
  std::map<std::uint32_t, Maximum> maxima_;         // by the stream's tensor
  std::vector<Lfsr16Lanes> lfsr_;                   // of the samples that one pass makes
  EnergyEvents events_;                             // of the record under way
  std::vector<RecordResult> results_;
};

}  // namespace luqsim
