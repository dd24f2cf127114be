#include "controller.h"

#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/inspect.h"

#include "check.h"
#include "context.h"
#include "exactness.h"
#include "gemm_shape.h"
#include "operand_statistics.h"
#include "record_result.h"
#include "supported.h"

namespace luqsim {
namespace {

constexpr float hindsight_eta = 0.1F;  // of a design's own estimates, as luqtrain's

std::vector<std::uint64_t> histogram(const std::vector<CodeView>& samples) {
  std::vector<std::uint64_t> counts(16);
  for (const CodeView& codes : samples)
    std::ranges::transform(counts, code_statistics(codes).histogram, counts.begin(), std::plus{});
  return counts;
}

template <class Job>
void start(Unit& controller, JobSlot<Job>& slot, std::shared_ptr<const Job> job) {
  slot.claim(controller, Activity::none) = std::move(job);
  slot.push();
}

}  // namespace

Controller::Controller(const UnitContext& context, const Architecture& architecture, const Trace& trace,
                       Accelerator& accelerator, const Progress& progress)
    : Unit("controller", context),
      architecture_(architecture),
      trace_(trace),
      accelerator_(accelerator),
      progress_(progress),
      memory_(trace) {}

void Controller::run() {
  const auto records = trace_.records();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Cycles begin = current_cycle();
    results_.push_back(run_record(records[i]));
    if (context().timeline != nullptr) context().timeline->record_span(records[i].id, begin, current_cycle());
    memory_.forget_after(i);
    if (progress_) progress_(i + 1, records.size());
  }
  end_simulation();
}

Controller::Snapshot Controller::snapshot() {
  Snapshot s{current_cycle(),
             accelerator_.dram.read_bytes(),
             accelerator_.dram.write_bytes(),
             accelerator_.dram.read_bytes(load_a_port),
             accelerator_.dram.read_bytes(load_b_port),
             {}};
  for (Unit* unit : accelerator_.units()) s.units.push_back(unit->account());
  return s;
}

void Controller::add_difference(const Snapshot& before, RecordResult& result) {
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
}

// Zeros and toggles can be counted.
bool Controller::codes_known(const Record& record) const {
  return !record.shape_only() && architecture_.formats.as_traced();
}

RecordResult Controller::run_record(const Record& record) {
  RecordResult result = new_result(record, gemm_shape(architecture_, record).samples());
  const Snapshot before = snapshot();
  const float scale_a = quantize(record, record.a, "a", result), scale_b = quantize(record, record.b, "b", result);
  result.quantize_cycles = current_cycle() - before.cycle;
  result.quantize_read_bytes = accelerator_.dram.read_bytes() - before.read_bytes;
  result.quantize_write_bytes = accelerator_.dram.write_bytes() - before.write_bytes;
  multiply(record, output_scale(scale_a, scale_b, static_cast<std::uint32_t>(record.samples())), result);
  add_difference(before, result);
  add_energy(record, before, result);

  const std::uint64_t peak = architecture_.array.macs_per_cycle();
  const std::uint64_t bytes = result.dram_read_bytes + result.dram_write_bytes;
  const bool skips = architecture_.array.zero_skip == ZeroSkip::skip && codes_known(record);
  const std::uint64_t needed = skips ? result.active_macs : result.macs;
  result.compute_bound_cycles = (needed + peak - 1) / peak;
  result.dram_bound_cycles = (bytes + architecture_.dram.bytes_per_cycle - 1) / architecture_.dram.bytes_per_cycle;
  return result;
}

// Loads are written to the scratchpads, and what the quantizers take and give passes them once in and once out.
void Controller::add_energy(const Record& record, const Snapshot& before, RecordResult& result) {
  // The quantizers read through load_a as well.
  result.sram_a_bytes += accelerator_.dram.read_bytes(load_a_port) - before.a_read_bytes + result.quantize_read_bytes;
  result.sram_b_bytes += accelerator_.dram.read_bytes(load_b_port) - before.b_read_bytes;
  result.sram_out_bytes += 2 * result.quantize_write_bytes;
  events_.backward = record.a.format == Format::fp4_e3m0 || record.b.format == Format::fp4_e3m0;
  events_.macs = result.macs;
  const bool known = codes_known(record);
  events_.active_macs = known ? result.active_macs : result.macs;
  events_.a_toggle_rate = known ? result.a_toggle_rate : 0.5;
  events_.b_toggle_rate = known ? result.b_toggle_rate : 0.5;
  events_.sram_a_bytes = result.sram_a_bytes;
  events_.sram_b_bytes = result.sram_b_bytes;
  events_.sram_out_bytes = result.sram_out_bytes;
  events_.dram_bytes = result.dram_read_bytes + result.dram_write_bytes;
  for (const EnergyItem& item : energy_breakdown(architecture_, events_)) result.energy[item.part] = item.picojoules;
  events_ = {};
}

// Runs the passes of an operand whose codes the model does not have yet; returns its scale.
float Controller::quantize(const Record& record, const Operand& operand, const std::string& side,
                           RecordResult& result) {
  if (!architecture_.formats.as_traced()) {
    quantize_other(record, operand);
    return operand.scale;
  }
  if (operand.quantization && operand.codes.empty()) quantize_shape(record, operand);
  if (operand.quantization && !operand.source.empty()) {
    if (!memory_.has(operand)) quantize_data(record, memory_.widest(operand), side, result);
    if (!memory_.has(operand)) quantize_data(record, operand, side, result);
  }
  return memory_.scale(operand);
}

// Of a pass that makes `samples`; a sample more has further lanes. Empty where the design has no registers.
std::span<Lfsr16Lanes> Controller::lfsr_registers(std::size_t samples) {
  const QuantizerConfig& q = architecture_.quantizer;
  if (q.rng != Rng::lfsr16) return {};
  const std::uint32_t lanes = q.units * q.lanes;
  while (lfsr_.size() < samples) lfsr_.emplace_back(lanes, q.rng_bits.value_or(16), lfsr_.size() * lanes);
  return lfsr_;
}

// What the design does where the trace did `recorded`, with `samples`.
LuqChoice Controller::design_choice(const LuqQuantization& recorded, std::size_t samples) {
  const QuantizerConfig& design = architecture_.quantizer;
  LuqChoice choice{design_config(design, recorded.config), recorded.stream, recorded.estimate,
                   lfsr_registers(design.smp == Smp::parallel ? samples : 1)};
  if (design.stat == Statistic::exact) choice.estimate.reset();
  if (design.stat == Statistic::hindsight && !choice.estimate) {
    const auto earlier = maxima_.find(recorded.stream.tensor);
    if (earlier != maxima_.end())
      choice.estimate = hindsight_max_abs(earlier->second.measured, earlier->second.estimate, hindsight_eta);
  }
  return choice;
}

void Controller::quantize_data(const Record& record, const Operand& operand, const std::string& side,
                               RecordResult& result) {
  const auto* recorded = std::get_if<LuqQuantization>(&*operand.quantization);
  const auto choice =
      recorded != nullptr ? std::optional(design_choice(*recorded, operand.codes.size())) : std::nullopt;
  QuantizeRequest request = quantize_request(architecture_, operand, choice ? choice->stream.step : record.step);
  request.source_bits = 8 * dtype_bytes(trace_.tensor(operand.source).dtype);
  request.hindsight = choice && choice->estimate;
  request.samples = static_cast<std::uint32_t>(operand.codes.size());

  OperandQuantizer quantizer(
      fmt::format("{}: record {}, operand {}, source {}", trace_.path().string(), record.id, side, operand.source),
      trace_, operand, choice);
  run_passes(request, operand, &quantizer);
  if (choice) maxima_[choice->stream.tensor] = {quantizer.max_abs(), choice->estimate.value_or(quantizer.max_abs())};

  std::vector<CodeTensor> codes = quantizer.take_codes();
  for (std::size_t s = 0; s < codes.size(); ++s) {
    result.checks.push_back(
        check_codes(codes.size() > 1 ? fmt::format("{} codes, sample {}", side, s) : side + " codes",
                    trace_.codes(operand, s), codes[s].view()));
    memory_.put(operand, s, quantizer.scale(),
                result.checks.back().mismatches > 0 ? std::optional(std::move(codes[s])) : std::nullopt);
  }
  ValueCheck scale(side + " scale");
  scale.add(0, {&operand.scale, 1}, std::array{quantizer.scale()});
  result.checks.push_back(scale.result());
}

// Without codes there are no earlier steps to learn from: hindsight is assumed to be past its first step.
void Controller::quantize_shape(const Record& record, const Operand& operand) {
  QuantizeRequest request = quantize_request(architecture_, operand, record.step);
  const auto* recorded = std::get_if<LuqQuantization>(&*operand.quantization);
  if (recorded != nullptr) {
    const Statistic as_recorded = recorded->estimate ? Statistic::hindsight : Statistic::exact;
    request.hindsight = architecture_.quantizer.stat.value_or(as_recorded) == Statistic::hindsight;
    request.samples = architecture_.quantizer.samples;
  }
  run_passes(request, operand, nullptr);
}

// In formats other than the trace's: timing only. The trace says which record needs a tensor first.
void Controller::quantize_other(const Record& record, const Operand& operand) {
  const bool before = operand.codes.empty() ? !operand.quantization : memory_.has(operand);
  if (!before) memory_.put_recorded(operand);
  const bool version_a_pass = operand_format_info(operand_format(architecture_, operand)).versions > 1;
  if (!operand.codes.empty()) {
    std::set<Pass>& passes = versions_[operand.codes.front()];
    if (!before) passes.clear();
    if (!passes.insert(record.pass).second) return;
  }
  if (before && !version_a_pass) return;
  QuantizeRequest request = quantize_request(architecture_, operand, record.step);
  if (!operand.source.empty()) request.source_bits = 8 * dtype_bytes(trace_.tensor(operand.source).dtype);
  request.hindsight = !request.moments && architecture_.quantizer.stat == Statistic::hindsight;
  request.again = before;
  request.kept = version_a_pass && !before;
  // What serves all passes has the samples that any of them needs.
  const Operand& quantized = version_a_pass ? operand : memory_.widest(operand);
  request.samples = operand_samples(architecture_, record, quantized);
  run_passes(request, operand, nullptr);
}

// `quantizer` null: timing only.
void Controller::run_passes(const QuantizeRequest& request, const Operand& operand, OperandQuantizer* quantizer) {
  const std::uint64_t elements = operand.rows * operand.cols;
  const std::uint64_t slot_bits = 8 * std::min(architecture_.a.slot_bytes(), architecture_.out.slot_bytes());
  for (const QuantizePass& pass : plan_quantization(request)) {
    const bool gradient = operand.format == Format::fp4_e3m0;
    (gradient ? events_.gradient_codes : events_.forward_codes) += elements * pass.samples;
    if (gradient && !request.reads_random_numbers()) events_.drawn_codes += elements * pass.samples;
    if (!pass.source_from_memory) events_.measured_elements += elements;
    // A run fills a slot of the scratchpads that it passes; whole random blocks, so a multiple of 8.
    const std::uint64_t widest =
        std::max({32 * request.source_bits, pass.in.bits_of_32, pass.out.bits_of_32, std::uint64_t{1}});
    auto job = std::make_shared<QuantizeJob>();
    job->elements = elements;
    job->run_elements = std::max<std::uint64_t>(8, 32 * slot_bits / widest / 8 * 8);
    job->from_memory = pass.in.bits_of_32 > 0;
    job->out = pass.out;
    if (quantizer != nullptr)
      job->process = [pass, quantizer](std::uint64_t first, std::uint64_t count, const OperandTile* loaded) {
        quantizer->process(pass, first, count, loaded);
      };
    // The array waits for codes: for the statistics that they need, or for the quantization itself.
    accelerator_.array->set_idle_activity(pass.kind == QuantizePass::Kind::quantize ? Activity::quantizer
                                                                                    : Activity::statistics);
    if (job->from_memory) {
      auto loads = std::make_shared<LoadJob>();
      loads->next = [&, run = job->run_elements, first = std::uint64_t{0}](Load& load) mutable {
        if (first >= elements) return false;
        const std::uint64_t count = std::min(run, elements - first);
        load.bytes = pass.in.bytes(count);
        load.fill = {};
        if (quantizer != nullptr && pass.source_from_memory)
          load.fill = [&, first, count](OperandTile& tile) {
            tile.source.resize(count);
            trace_.read_values(operand.source, first, tile.source);
          };
        first += count;
        return true;
      };
      start<LoadJob>(*this, accelerator_.load_a.jobs, loads);
    }
    start<QuantizeJob>(*this, accelerator_.quantizer.jobs, job);
    if (job->out.bits_of_32 > 0)
      start(*this, accelerator_.store.jobs, std::make_shared<const StoreJob>(StoreJob{job->runs()}));
    accelerator_.load_a.jobs.wait_empty(*this, Activity::busy);
    accelerator_.quantizer.jobs.wait_empty(*this, Activity::busy);
    accelerator_.store.jobs.wait_empty(*this, Activity::busy);
  }
  accelerator_.array->set_idle_activity(Activity::none);
}

void Controller::multiply(const Record& record, float scale, RecordResult& result) {
  const Schedule schedule(architecture_, gemm_shape(architecture_, record));
  const bool numeric = !record.shape_only() && architecture_.formats.as_traced();
  const bool compare = numeric && !record.out.empty();
  const auto a = numeric ? memory_.codes(record.a) : std::vector<CodeView>{},
             b = numeric ? memory_.codes(record.b) : std::vector<CodeView>{};
  ValueCheck check("out");
  std::vector<float> expected;
  const auto store = [&](const Range& rows, const Range& cols, std::span<const float> out) {
    if (!compare) return;
    expected.resize(cols.count);
    for (std::uint64_t i = 0; i < rows.count; ++i) {
      const std::uint64_t first = (rows.first + i) * record.n + cols.first;
      trace_.read_values(record.out, first, expected);
      check.add(first, expected, out.subspan(i * cols.count, cols.count));
    }
  };
  ArrayCounts counts;
  const auto job = std::make_shared<const GemmJob>(
      GemmJob{schedule, record.a.format, record.b.format, numeric, scale, store, &counts});

  start(*this, accelerator_.load_a.jobs, make_tile_loads(schedule, Side::a, record.a, a));
  start(*this, accelerator_.load_b.jobs, make_tile_loads(schedule, Side::b, record.b, b));
  if (keeps_outputs(architecture_.array.dataflow)) {
    start(*this, accelerator_.drain.jobs, job);
  } else {
    start(*this, accelerator_.preload->jobs, job);
  }
  start(*this, accelerator_.array->jobs, job);
  start(*this, accelerator_.store.jobs, std::make_shared<const StoreJob>(StoreJob{schedule.out_tiles()}));
  accelerator_.array->jobs.wait_empty(*this, Activity::busy);
  accelerator_.store.jobs.wait_empty(*this, Activity::busy);

  result.overflows = counts.overflows;
  result.steps = counts.steps;
  result.skipped_steps = counts.skipped_steps;
  result.idle_group_cycles = counts.idle_group_cycles;
  result.sram_a_bytes = counts.a_bytes;
  result.sram_b_bytes = counts.b_bytes;
  result.sram_out_bytes = counts.out_bytes;
  if (numeric) {
    const OperandStatistics statistics = operand_statistics(record, a, b);
    result.a_zero_fraction = statistics.a_zero_fraction;
    result.b_zero_fraction = statistics.b_zero_fraction;
    result.active_macs = statistics.active_macs;
    result.a_toggle_rate = statistics.a_toggle_rate;
    result.b_toggle_rate = statistics.b_toggle_rate;
    result.a_histogram = histogram(a);
    result.b_histogram = histogram(b);
    result.first_inexact_k = first_inexact_k(architecture_.array, record, a, b);
  }
  if (!compare) return;
  result.checks.push_back(check.result());
  result.output_errors = check.errors();
}

}  // namespace luqsim
