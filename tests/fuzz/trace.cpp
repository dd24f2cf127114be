// Trace files: the header, the records, then all that reads a trace's tensors, where that is little work.
#include "luqsim/traces/trace.h"

#include <algorithm>

#include "luqsim/traces/inspect.h"
#include "luqsim/traces/operand.h"
#include "luqsim/validate/diagnose.h"
#include "luqsim/validate/validate.h"

#include "input_file.h"

namespace luqsim {
namespace {

constexpr std::uint64_t most_elements = 1U << 12, most_macs = 1U << 14;

// Of tensors in the file, never more than the file is long; im2col repeats them.
void read_matrix(const Trace& trace, const Operand& operand) {
  const auto [rows, cols] = matrix_shape(operand);
  if (rows > most_elements || cols > most_elements || rows * cols > most_elements) return;
  std::vector<std::int8_t> values(rows * cols);
  for (std::size_t s = 0; s < operand.codes.size(); ++s)
    read_block(operand, trace.codes(operand, s), 0, rows, 0, cols, values);
}

void read_operand(const Trace& trace, const Operand& operand) {
  for (std::size_t s = 0; s < operand.codes.size(); ++s)
    static_cast<void>(code_statistics(trace.codes(operand, s)).zero_fraction());
  if (!operand.source.empty()) static_cast<void>(trace.source(operand));
  read_matrix(trace, operand);
}

void read_all(const Trace& trace) {
  static_cast<void>(trace.digest());
  std::uint64_t macs = 0;
  for (const Record& record : trace.records()) {
    read_operand(trace, record.a);
    read_operand(trace, record.b);
    if (!record.out.empty()) static_cast<void>(trace.out(record));
    if (!record.shape_only()) macs += std::min(record.macs(), most_macs);
  }
  if (macs >= most_macs) return;
  std::size_t number = 0;
  validate(trace, {}, [&](const RecordReport& report) {
    const Record& record = trace.records()[number++];
    if (report.mismatches() > 0) static_cast<void>(diagnose(trace, record, report, 1));
  });
}

}  // namespace
}  // namespace luqsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static luqsim::fuzz::InputFile file;
  try {
    luqsim::read_all(luqsim::Trace::open(file.write(data, size)));
  } catch (const luqsim::TraceError&) {
  }
  return 0;
}
