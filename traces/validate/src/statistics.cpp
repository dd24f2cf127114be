#include "statistics.h"

#include <mutex>

#include "parallel.h"

namespace luqsim {
namespace {

// Calls f(first element, values) for every piece of a source, in any order.
template <class F>
void for_source(const Trace& trace, const Operand& operand, int threads, F f) {
  const std::uint64_t elements = operand.rows * operand.cols;
  for_pieces(threads, (elements + piece_elements - 1) / piece_elements, [&](std::uint64_t piece) {
    thread_local std::vector<float> x;
    const std::uint64_t first = piece * piece_elements;
    f(first, source_values(trace, operand, first, std::min(piece_elements, elements - first), x));
  });
}

}  // namespace

std::span<const float> source_values(const Trace& trace, const Operand& operand, std::uint64_t first,
                                     std::uint64_t count, std::vector<float>& buffer) {
  const TensorView& source = trace.tensor(operand.source);
  if (source.dtype == Dtype::F32 && reinterpret_cast<std::uintptr_t>(source.bytes.data()) % alignof(float) == 0)
    return {reinterpret_cast<const float*>(source.bytes.data()) + first, count};
  buffer.resize(count);
  trace.read_values(operand.source, first, buffer);
  return buffer;
}

SourceStatistics measure_source(const Trace& trace, const Operand& operand, int threads) {
  SourceStatistics s;
  std::mutex mutex;
  for_source(trace, operand, threads, [&](std::uint64_t first, std::span<const float> x) {
    const MaxAbs piece = max_abs(x);
    const std::lock_guard lock(mutex);
    if (piece.status == QuantizeStatus::ok) {
      s.measured.max_abs = std::max(s.measured.max_abs, piece.max_abs);
    } else if (s.measured.status == QuantizeStatus::ok ||
               first + piece.first_non_finite < s.measured.first_non_finite) {
      s.measured.status = piece.status;
      s.measured.first_non_finite = first + piece.first_non_finite;
    }
  });
  if (s.measured.status != QuantizeStatus::ok || s.measured.max_abs < smallest_max_abs ||
      !std::holds_alternative<SawbQuantization>(*operand.quantization))
    return s;
  for_source(trace, operand, threads, [&](std::uint64_t, std::span<const float> x) {
    const SawbMoments piece = sawb_moments(x, s.measured.max_abs);
    const std::lock_guard lock(mutex);
    s.moments += piece;
  });
  return s;
}

float specified_scale(const Operand& operand, const SourceStatistics& s) {
  if (const auto* sawb = std::get_if<SawbQuantization>(&*operand.quantization))
    return sawb_scale(s.moments, s.measured.max_abs, sawb->config);
  const auto& luq = std::get<LuqQuantization>(*operand.quantization);
  return luq_scale(luq.estimate.value_or(s.measured.max_abs), luq.config).alpha;
}

}  // namespace luqsim
