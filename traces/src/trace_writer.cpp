#include "luqsim/traces/trace_writer.h"

#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "check_record.h"
#include "context.h"
#include "record_json.h"
#include "safetensors.h"
#include "tensor_file.h"

namespace luqsim {
namespace {

const Provenance& checked(const Provenance& provenance, const std::filesystem::path& path) {
  check_provenance(provenance, {path.string(), "luqtrace.provenance"});
  return provenance;
}

}  // namespace

struct TraceWriter::Impl {
  Impl(const std::filesystem::path& path, const Provenance& from) : provenance(checked(from, path)), file(path) {
    file.add_metadata_bytes(header_bytes(provenance_to_json(provenance)));
  }

  Provenance provenance;
  TensorFile file;
  std::vector<Record> records;
  std::set<std::string> ids;
};

TraceWriter::TraceWriter(const std::filesystem::path& path, const Provenance& provenance)
    : impl_(std::make_unique<Impl>(path, provenance)) {}
TraceWriter::~TraceWriter() = default;

std::string TraceWriter::add(const std::string& name, const CodeView& codes) {
  const std::size_t row_bytes = packed_row_bytes(codes.cols);
  if (codes.bytes.size() != codes.rows * row_bytes)
    throw std::invalid_argument(fmt::format("tensor {}: {} bytes; wanted {} rows of {}", in_quotes(name),
                                            codes.bytes.size(), codes.rows, row_bytes));
  impl_->file.add(name, Dtype::U8, {codes.rows, row_bytes}, std::as_bytes(codes.bytes));
  return name;
}

std::string TraceWriter::add(const std::string& name, std::span<const float> values, std::uint64_t rows,
                             std::uint64_t cols) {
  if (values.size() != rows * cols)
    throw std::invalid_argument(
        fmt::format("tensor {}: {} values; wanted {} x {}", in_quotes(name), values.size(), rows, cols));
  impl_->file.add(name, Dtype::F32, {rows, cols}, std::as_bytes(values));
  return name;
}

void TraceWriter::add(Record record) {
  impl_->file.require_open();
  const Context context{impl_->file.path().string(),
                        fmt::format("record {} ({})", impl_->records.size(), in_quotes(record.id))};
  check_record(record, impl_->file.tensors(), context);
  if (impl_->ids.contains(record.id)) context.fail("id", in_quotes(record.id), "a name that no other record has");
  // A header that no reader takes is found here, not when a long run commits it.
  impl_->file.add_metadata_bytes(header_bytes(records_to_json({&record, 1})));
  impl_->ids.insert(record.id);
  impl_->records.push_back(std::move(record));
}

std::uint64_t TraceWriter::header_so_far() const { return impl_->file.header_so_far(); }

void TraceWriter::commit() {
  impl_->file.commit({{"luqtrace.version", "1"},
                      {"luqtrace.provenance", provenance_to_json(impl_->provenance)},
                      {"luqtrace.records", records_to_json(impl_->records)}});
}

}  // namespace luqsim
