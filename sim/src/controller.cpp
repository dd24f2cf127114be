#include "controller.h"

#include <algorithm>

#include <fmt/format.h>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/inspect.h"

#include "check.h"

namespace luqsim {

void Controller::run() {
  const auto records = trace_.records();
  for (std::size_t i = 0; i < records.size(); ++i)
    for (const Operand* operand : {&records[i].a, &records[i].b})
      if (!operand->codes.empty()) last_use_[operand->codes.front()] = i;
  for (std::size_t i = 0; i < records.size(); ++i) {
    results_.push_back(run_record(records[i]));
    forget_after(i);
    if (progress_) progress_(i + 1, records.size());
  }
  sc_core::sc_stop();
}

void Controller::forget_after(std::size_t record_index) {
  std::erase_if(memory_, [&](const auto& entry) { return last_use_.at(entry.first) <= record_index; });
}

Controller::Snapshot Controller::snapshot() {
  Snapshot s{current_cycle(), accelerator_.dram.read_bytes(), accelerator_.dram.write_bytes(), {}};
  for (Unit* unit : accelerator_.units()) s.units.push_back(unit->account());
  return s;
}

RecordResult Controller::run_record(const Record& record) {
  RecordResult result;
  result.id = record.id;
  result.layer = record.layer;
  result.pass = name_of(record.pass);
  result.step = record.step;
  result.m = record.m;
  result.n = record.n;
  result.k = record.k;
  result.samples = record.samples();
  result.macs = record.macs();

  const Snapshot before = snapshot();
  const float scale_a = quantize(record, record.a, "a", result), scale_b = quantize(record, record.b, "b", result);
  result.quantize_cycles = current_cycle() - before.cycle;
  multiply(record, output_scale(scale_a, scale_b, static_cast<std::uint32_t>(record.samples())), result);

  const Snapshot after = snapshot();
  result.cycles = after.cycle - before.cycle;
  result.dram_read_bytes = after.read_bytes - before.read_bytes;
  result.dram_write_bytes = after.write_bytes - before.write_bytes;
  const auto units = accelerator_.units();
  for (std::size_t u = 0; u < units.size(); ++u) {
    UnitResult& unit = result.units.emplace_back(UnitResult{units[u]->basename(), {}});
    for (std::size_t i = 0; i < after.units[u].size(); ++i)
      unit.cycles[std::string(name_of(static_cast<Activity>(i)))] = after.units[u][i] - before.units[u][i];
  }
  return result;
}

std::vector<CodeView> Controller::codes(const Operand& operand) const {
  std::vector<CodeView> views;
  if (operand.codes.empty()) return views;
  const auto quantized = memory_.find(operand.codes.front());
  for (std::size_t s = 0; s < operand.codes.size(); ++s)
    views.push_back(quantized != memory_.end() ? quantized->second.codes.at(s).view() : trace_.codes(operand, s));
  return views;
}

// Runs the passes of an operand whose codes the model does not have yet; returns its scale.
float Controller::quantize(const Record& record, const Operand& operand, const std::string& side,
                           RecordResult& result) {
  if (operand.codes.empty() || operand.source.empty() || !operand.quantization) return operand.scale;
  const auto known = memory_.find(operand.codes.front());
  if (known != memory_.end() && known->second.codes.size() >= operand.codes.size()) return known->second.scale;

  const std::uint64_t source_bits = 8 * dtype_bytes(trace_.tensor(operand.source).dtype);
  const std::uint64_t slot = std::min(architecture_.a.slot_bytes(), architecture_.out.slot_bytes());
  const std::uint64_t chunk = std::max<std::uint64_t>(8, slot * 8 / source_bits / 8 * 8);
  OperandQuantizer quantizer(
      fmt::format("{}: record {}, operand {}, source {}", trace_.path().string(), record.id, side, operand.source),
      operand, trace_.source(operand), source_bits, chunk);
  for (const QuantizePass& pass : quantizer.passes()) run_pass(quantizer, pass);

  Quantized quantized{quantizer.scale(), quantizer.take_codes()};
  for (std::size_t s = 0; s < quantized.codes.size(); ++s)
    result.checks.push_back(
        check_codes(quantized.codes.size() > 1 ? fmt::format("{} codes, sample {}", side, s) : side + " codes",
                    trace_.codes(operand, s), quantized.codes[s].view()));
  result.checks.push_back(check_values(side + " scale", {&operand.scale, 1}, {&quantized.scale, 1}));
  const float scale = quantized.scale;
  memory_[operand.codes.front()] = std::move(quantized);
  return scale;
}

void Controller::run_pass(const OperandQuantizer& quantizer, const QuantizePass& pass) {
  // The array waits for codes: for the statistics that they need, or for the quantization itself.
  accelerator_.array.set_idle_activity(pass.kind == QuantizePass::Kind::quantize ? Activity::quantizer
                                                                                 : Activity::statistics);
  const auto start = [this](auto& slot, auto job) {
    slot.claim(*this, Activity::none) = std::move(job);
    slot.push();
  };
  if (pass.job->from_memory) start(accelerator_.load_a.jobs, quantizer.loads());
  start(accelerator_.quantizer.jobs, pass.job);
  if (pass.job->out_bits > 0)
    start(accelerator_.store.jobs, std::make_shared<const StoreJob>(StoreJob{pass.job->chunks()}));
  accelerator_.quantizer.jobs.wait_empty(*this, Activity::busy);
  accelerator_.store.jobs.wait_empty(*this, Activity::busy);
  accelerator_.array.set_idle_activity(Activity::none);
}

void Controller::multiply(const Record& record, float scale, RecordResult& result) {
  const GemmShape shape{record.m, record.n, record.k, std::max<std::uint64_t>(1, record.a.codes.size()),
                        std::max<std::uint64_t>(1, record.b.codes.size())};
  const bool numeric = !record.shape_only();
  std::vector<float> out(numeric ? record.m * record.n : 0);
  const Schedule schedule(architecture_, shape);
  const std::uint64_t folds = schedule.a().panels() * schedule.b().panels();
  const auto job = std::make_shared<const GemmJob>(
      GemmJob{schedule, record.a.format, record.b.format, numeric, scale, &out, &result.overflows, folds});

  const auto start = [this](auto& slot, auto work) {
    slot.claim(*this, Activity::none) = std::move(work);
    slot.push();
  };
  start(accelerator_.load_a.jobs, make_tile_loads(schedule, Side::a, record.a, codes(record.a)));
  start(accelerator_.load_b.jobs, make_tile_loads(schedule, Side::b, record.b, codes(record.b)));
  start(accelerator_.array.jobs, job);
  start(accelerator_.drain.jobs, job);
  start(accelerator_.store.jobs, std::make_shared<const StoreJob>(StoreJob{folds}));
  accelerator_.array.jobs.wait_empty(*this, Activity::busy);
  accelerator_.store.jobs.wait_empty(*this, Activity::busy);

  if (numeric) {
    const auto zeros = [this](const Operand& operand) {
      return code_statistics(codes(operand).front()).zero_fraction();
    };
    result.a_zero_fraction = zeros(record.a);
    result.b_zero_fraction = zeros(record.b);
  }
  if (!record.out.empty()) result.checks.push_back(check_values("out", trace_.out(record), out));
}

}  // namespace luqsim
