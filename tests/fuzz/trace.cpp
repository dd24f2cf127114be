// Trace files: the header, the records, then all that reads a trace's tensors, where that is little work.
#include "luqsim/traces/trace.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <sanitizer/asan_interface.h>

#include "luqsim/traces/inspect.h"
#include "luqsim/traces/operand.h"
#include "luqsim/validate/diagnose.h"
#include "luqsim/validate/validate.h"

#include "input_file.h"
#include "json_mutation.h"

namespace luqsim {
namespace {

constexpr std::uint64_t most_elements = 1U << 12, most_macs = 1U << 14;

// A file's map ends with its last page, beyond the file: no sanitizer knows. While this lives, reads of that rest fail,
// for files of at most a page, as nearly all inputs are.
class EndOfMap {
 public:
  explicit EndOfMap(const Trace& trace) {
    if (trace.file_bytes() > page) return;
    for (const Record& record : trace.records()) {
      find(trace, record.out);
      for (const Operand* operand : {&record.a, &record.b}) {
        find(trace, operand->source);
        for (const std::string& name : operand->codes) find(trace, name);
      }
    }
    ASAN_POISON_MEMORY_REGION(end_, rest());
  }
  ~EndOfMap() { ASAN_UNPOISON_MEMORY_REGION(end_, rest()); }
  EndOfMap(const EndOfMap&) = delete;
  EndOfMap& operator=(const EndOfMap&) = delete;

 private:
  void find(const Trace& trace, const std::string& name) {
    if (name.empty() || trace.tensor(name).bytes.empty()) return;
    const std::uint8_t* in_file = trace.tensor(name).bytes.data();
    end_ = in_file - reinterpret_cast<std::uintptr_t>(in_file) % page + trace.file_bytes();
  }
  std::size_t rest() const { return -reinterpret_cast<std::uintptr_t>(end_) % page; }

  static constexpr std::size_t page = 4096;
  const std::uint8_t* end_ = nullptr;
};

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
  const EndOfMap end(trace);
  // A diagnosis tries dozens of explanations and takes most of the time: of one mismatch in eight, always the same
  // ones.
  const bool diagnosed = trace.digest().back() < '2';
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
    if (diagnosed && report.mismatches() > 0) static_cast<void>(diagnose(trace, record, report, {1}));
  });
}

// The header of a file, and what follows it.
struct Container {
  boost::json::value header;
  std::string data;
};

std::optional<Container> container_of(std::string_view file) {
  std::uint64_t length = 0;
  if (file.size() < sizeof length) return std::nullopt;
  std::memcpy(&length, file.data(), sizeof length);
  file.remove_prefix(sizeof length);
  if (length > file.size()) return std::nullopt;
  boost::system::error_code error;
  Container container{boost::json::parse(file.substr(0, length), error), std::string(file.substr(length))};
  return error ? std::nullopt : std::optional(std::move(container));
}

std::string bytes_of(const Container& container) {
  const std::string header = boost::json::serialize(container.header);
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + container.data;
}

// A change in the records, a JSON text in the JSON header; where there are none, in the header.
void mutate(Container& container, fuzz::JsonMutation& mutation) {
  boost::system::error_code error;
  boost::json::value* text = container.header.find_pointer("/__metadata__/luqtrace.records", error);
  if (text == nullptr || !text->is_string() || mutation.pick(8) == 0) return mutation.apply(container.header);
  boost::json::value records = boost::json::parse(text->get_string(), error);
  if (error) return mutation.apply(container.header);
  mutation.apply(records);
  *text = boost::json::serialize(records);
}

}  // namespace
}  // namespace luqsim

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  luqsim::fuzz::JsonMutation mutation(seed);
  auto container = luqsim::container_of({reinterpret_cast<const char*>(data), size});
  if (!container || mutation.pick(4) == 0) return LLVMFuzzerMutate(data, size, most);
  luqsim::mutate(*container, mutation);
  const std::string bytes = luqsim::bytes_of(*container);
  if (bytes.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::ranges::copy(bytes, data);
  return bytes.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static luqsim::fuzz::InputFile file;
  try {
    luqsim::read_all(luqsim::Trace::open(file.write(data, size)));
  } catch (const luqsim::TraceError&) {
  }
  return 0;
}
