#include "recorder.h"

#include <algorithm>

#include <fmt/format.h>

#include "input_error.h"

namespace luqsim::train {
namespace {

Operand transposed(Operand operand) {
  operand.view = operand.view == View::im2col ? View::im2col_transposed : View::transposed;
  return operand;
}

// With the names of its tensors, which it writes.
Operand stored(TraceWriter& writer, const std::string& name, const Quantized& q, const Matrix& source) {
  Operand operand = q.operand;
  operand.source = writer.add(name + ".source", source.values, source.rows, source.cols);
  for (std::size_t s = 0; s < q.codes.size(); ++s)
    operand.codes.push_back(writer.add(fmt::format("{}.codes{}", name, s), q.codes[s].view()));
  return operand;
}

}  // namespace

Recorder::Recorder(const RecordOptions& options, Provenance provenance)
    : options_(options), writer_(std::make_unique<TraceWriter>(options.file, std::move(provenance))) {}

bool Recorder::wants(std::uint32_t step, const std::string& layer) const {
  const bool layer_wanted =
      options_.layers.empty() || std::ranges::find(options_.layers, layer) != options_.layers.end();
  const bool step_wanted = (options_.every > 0 && step % options_.every == 0) ||
                           std::ranges::find(options_.steps, step) != options_.steps.end();
  return layer_wanted && step_wanted;
}

void Recorder::check(std::uint32_t steps, std::span<const std::string> layers) const {
  if (options_.steps.empty() && options_.every == 0)
    throw InputError("--record without steps; wanted --record-steps or --record-every");
  for (const std::uint32_t step : options_.steps)
    if (step >= steps)
      throw InputError(fmt::format("--record-steps: {}; wanted less than {}, the run's steps", step, steps));
  if (layers.empty()) throw InputError("--record: no layer runs in 4 bits");
  for (const std::string& layer : options_.layers)
    if (std::ranges::find(layers, layer) == layers.end())
      throw InputError(fmt::format("--record-layers: {}; wanted some of {}", layer, fmt::join(layers, ", ")));
}

void Recorder::record(const LayerStep& s) {
  const std::string name = fmt::format("step{}.{}", s.step, s.layer);
  const Operand a = stored(*writer_, name + ".a", s.a, *s.activation),
                w = stored(*writer_, name + ".w", s.w, *s.weight), d = stored(*writer_, name + ".d", s.d, *s.gradient);
  const auto add = [&](Pass pass, const Operand& left, const Operand& right, std::uint64_t k, const Matrix& out) {
    Record record;
    record.id = fmt::format("{}.{}", name, name_of(pass));
    record.step = s.step;
    record.layer = s.layer;
    record.pass = pass;
    record.m = out.rows;
    record.n = out.cols;
    record.k = k;
    record.a = left;
    record.b = right;
    record.out = writer_->add(record.id + ".out", out.values, out.rows, out.cols);
    record.kernel = "gemm_s8s8s32";
    writer_->add(std::move(record));
  };
  add(Pass::fprop, a, w, w.rows, *s.fprop);
  if (s.dgrad != nullptr) {
    // SMP averages wgrad alone: dgrad takes the first sample.
    Operand first = d;
    first.codes.resize(1);
    add(Pass::dgrad, first, transposed(w), w.cols, *s.dgrad);
  }
  add(Pass::wgrad, transposed(a), d, d.rows, *s.wgrad);
}

void Recorder::finish() { writer_->commit(); }

}  // namespace luqsim::train
