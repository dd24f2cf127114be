#include "recorder.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "input_error.h"

namespace luqsim::train {
namespace {

Operand transposed(Operand operand) {
  operand.view = operand.view == View::im2col ? View::im2col_transposed : View::transposed;
  return operand;
}

constexpr std::size_t most_waiting_bytes = std::size_t{256} << 20;

struct PendingMatrix {
  PendingMatrix(Backend& backend, const Tensor& x)
      : rows(x.rows), cols(x.cols), values(backend.download_later(x.data, x.size() * sizeof(float))) {}

  std::uint64_t rows, cols;
  std::unique_ptr<Download> values;

  std::size_t bytes() const { return rows * cols * sizeof(float); }
  std::string write(TraceWriter& writer, const std::string& name) const {
    return writer.add(name, values->wait_for<float>(), rows, cols);
  }
};

struct PendingOutput : PendingMatrix {
  PendingOutput(Backend& backend, const GemmOutput& out) : PendingMatrix(backend, out.values), kernel(out.kernel) {}

  std::string kernel;
};

struct PendingOperand {
  PendingOperand(Backend& backend, const Quantized& q, const Tensor& x)
      : quantized(q), source(backend, x), statistics(backend, q.statistics) {
    for (const Codes& c : q.codes) codes.push_back(backend.download_later(c.bytes, c.size()));
  }

  Quantized quantized;
  PendingMatrix source, statistics;
  std::vector<std::unique_ptr<Download>> codes;

  std::size_t bytes() const {
    std::size_t sum = source.bytes();
    for (const Codes& c : quantized.codes) sum += c.size();
    return sum;
  }
  // The operand with its scale and the names of its tensors, which it writes.
  Operand write(TraceWriter& writer, const std::string& name, bool estimated) const {
    const std::span<const float> values = statistics.values->wait_for<float>();
    Operand operand = quantized.operand;
    operand.scale = values[used_scale];
    if (estimated) std::get<LuqQuantization>(*operand.quantization).estimate = values[used_max_abs];
    operand.source = source.write(writer, name + ".source");
    for (std::size_t s = 0; s < codes.size(); ++s) {
      const Codes& c = quantized.codes[s];
      operand.codes.push_back(writer.add(fmt::format("{}.codes{}", name, s),
                                         {c.format, c.rows, c.cols, codes[s]->wait_for<std::uint8_t>()}));
    }
    return operand;
  }
};

}  // namespace

struct Recorder::Waiting {
  Waiting(Backend& backend, LayerStep s)
      : step(std::move(s)),
        a(backend, step.a, step.activation),
        w(backend, step.w, step.weight),
        d(backend, step.d, step.gradient),
        fprop(backend, step.fprop),
        wgrad(backend, step.wgrad) {
    if (step.dgrad.values.data != nullptr) dgrad.emplace(backend, step.dgrad);
  }

  LayerStep step;
  PendingOperand a, w, d;
  PendingOutput fprop, wgrad;
  std::optional<PendingOutput> dgrad;

  std::size_t bytes() const {
    return a.bytes() + w.bytes() + d.bytes() + fprop.bytes() + wgrad.bytes() + (dgrad ? dgrad->bytes() : 0);
  }
};

Recorder::Recorder(const RecordOptions& options, const Provenance& provenance)
    : options_(options),
      writer_(std::make_unique<TraceWriter>(options.file, provenance)),
      empty_header_bytes_(writer_->header_so_far()) {}

Recorder::~Recorder() = default;

bool Recorder::wants(std::uint32_t step, const std::string& layer) const {
  const bool layer_wanted =
      options_.layers.empty() || std::ranges::find(options_.layers, layer) != options_.layers.end();
  const bool step_wanted = (options_.every > 0 && step % options_.every == 0) ||
                           std::ranges::find(options_.steps, step) != options_.steps.end();
  return layer_wanted && step_wanted;
}

void Recorder::begin(std::uint32_t steps, std::span<const std::string> layers) {
  if (options_.steps.empty() && options_.every == 0)
    throw InputError("--record without steps; wanted --record-steps or --record-every");
  for (const std::uint32_t step : options_.steps)
    if (step >= steps)
      throw InputError(fmt::format("--record-steps: {}; wanted less than {}, the run's steps", step, steps));
  if (layers.empty()) throw InputError("--record: no layer has 4-bit gradients");
  for (const std::string& layer : options_.layers)
    if (std::ranges::find(layers, layer) == layers.end())
      throw InputError(fmt::format("--record-layers: {}; wanted some of {}", layer, fmt::join(layers, ", ")));
  const std::set<std::string> named(options_.layers.begin(), options_.layers.end());
  layers_left_ = named.empty() ? layers.size() : named.size();
  std::set<std::uint32_t> listed(options_.steps.begin(), options_.steps.end());
  if (options_.every > 0) {
    std::erase_if(listed, [&](std::uint32_t step) { return step % options_.every == 0; });
    recorded_steps_ = (std::uint64_t{steps} + options_.every - 1) / options_.every;
  }
  recorded_steps_ += listed.size();
}

void Recorder::record(Backend& backend, LayerStep step) {
  waiting_.push_back(std::make_unique<Waiting>(backend, std::move(step)));
  waiting_bytes_ += waiting_.back()->bytes();
  while (waiting_bytes_ > most_waiting_bytes) write_first();
  if (layers_left_ > 0 && --layers_left_ == 0) check_header();
}

// What the first recorded step takes, all of them take, but for longer numbers: of a step up to 7 digits in some 30
// places of 3 kB, an estimated maximum, a scale. Together they are less than an eighth.
void Recorder::check_header() {
  while (!waiting_.empty()) write_first();
  const std::uint64_t step_bytes = writer_->header_so_far() - empty_header_bytes_;
  const std::uint64_t bytes = empty_header_bytes_ + recorded_steps_ * (step_bytes + step_bytes / 8);
  if (bytes > max_header_bytes)
    throw InputError(
        fmt::format("--record: {} steps, a trace's header of up to {} bytes; wanted at most {}: fewer "
                    "--record-steps or --record-layers, a larger --record-every",
                    recorded_steps_, bytes, max_header_bytes));
}

void Recorder::write_first() {
  const Waiting& s = *waiting_.front();
  const std::string name = fmt::format("step{}.{}", s.step.step, s.step.layer);
  const Operand a = s.a.write(*writer_, name + ".a", false), w = s.w.write(*writer_, name + ".w", false),
                d = s.d.write(*writer_, name + ".d", s.step.estimated);
  const auto add = [&](Pass pass, const Operand& left, const Operand& right, std::uint64_t k,
                       const PendingOutput& out) {
    Record record;
    record.id = fmt::format("{}.{}", name, name_of(pass));
    record.step = s.step.step;
    record.layer = s.step.layer;
    record.pass = pass;
    record.m = out.rows;
    record.n = out.cols;
    record.k = k;
    record.a = left;
    record.b = right;
    record.out = out.write(*writer_, record.id + ".out");
    record.kernel = out.kernel;
    writer_->add(std::move(record));
  };
  add(Pass::fprop, a, w, w.rows, s.fprop);
  if (s.dgrad) {
    // SMP averages wgrad alone: dgrad takes the first sample.
    Operand first = d;
    first.codes.resize(1);
    add(Pass::dgrad, first, transposed(w), w.cols, *s.dgrad);
  }
  add(Pass::wgrad, transposed(a), d, d.rows, s.wgrad);
  waiting_bytes_ -= s.bytes();
  waiting_.pop_front();
}

void Recorder::finish() {
  while (!waiting_.empty()) write_first();
  writer_->commit();
}

}  // namespace luqsim::train
