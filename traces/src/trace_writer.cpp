#include "luqsim/traces/trace_writer.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "check_record.h"
#include "context.h"
#include "output_file.h"
#include "record_json.h"
#include "safetensors.h"

namespace luqsim {
namespace {

const Provenance& checked(const Provenance& provenance, const std::filesystem::path& path) {
  check_provenance(provenance, {path.string(), "luqtrace.provenance"});
  return provenance;
}

}  // namespace

struct TraceWriter::Impl {
  Impl(std::filesystem::path target, const Provenance& from)
      : path(std::move(target)), provenance(checked(from, path)), data(path, ".data.tmp") {
    data.make_anonymous();
  }

  void require_open() const {
    if (committed) throw std::logic_error(path.string() + ": trace is already committed");
  }
  void add(const std::string& name, Dtype dtype, std::vector<std::uint64_t> shape, std::span<const std::byte> bytes);

  std::filesystem::path path;
  Provenance provenance;
  OutputFile data;      // tensors as they were added
  TensorTable tensors;  // offsets in `data`
  std::vector<std::string> order;
  std::vector<Record> records;
  std::set<std::string> ids;
  bool committed = false;
};

void TraceWriter::Impl::add(const std::string& name, Dtype dtype, std::vector<std::uint64_t> shape,
                            std::span<const std::byte> bytes) {
  require_open();
  const Context context{path.string(), "tensor " + in_quotes(name)};
  if (name.empty() || name == "__metadata__") context.fail("name", in_quotes(name), "any other name");
  if (tensors.contains(name)) context.fail("name", "added before", "a new name");
  const std::uint64_t begin = data.size();
  data.append(bytes);
  tensors.emplace(name, TensorEntry{dtype, std::move(shape), begin, data.size()});
  order.push_back(name);
}

TraceWriter::TraceWriter(const std::filesystem::path& path, const Provenance& provenance)
    : impl_(std::make_unique<Impl>(path, provenance)) {}
TraceWriter::~TraceWriter() = default;

std::string TraceWriter::add(const std::string& name, const CodeView& codes) {
  const std::size_t row_bytes = packed_row_bytes(codes.cols);
  if (codes.bytes.size() != codes.rows * row_bytes)
    throw std::invalid_argument(fmt::format("tensor {}: {} bytes; wanted {} rows of {}", in_quotes(name),
                                            codes.bytes.size(), codes.rows, row_bytes));
  impl_->add(name, Dtype::U8, {codes.rows, row_bytes}, std::as_bytes(codes.bytes));
  return name;
}

std::string TraceWriter::add(const std::string& name, std::span<const float> values, std::uint64_t rows,
                             std::uint64_t cols) {
  if (values.size() != rows * cols)
    throw std::invalid_argument(
        fmt::format("tensor {}: {} values; wanted {} x {}", in_quotes(name), values.size(), rows, cols));
  impl_->add(name, Dtype::F32, {rows, cols}, std::as_bytes(values));
  return name;
}

void TraceWriter::add(Record record) {
  impl_->require_open();
  const Context context{impl_->path.string(),
                        fmt::format("record {} ({})", impl_->records.size(), in_quotes(record.id))};
  check_record(record, impl_->tensors, context);
  if (!impl_->ids.insert(record.id).second) context.fail("id", in_quotes(record.id), "a name that no other record has");
  impl_->records.push_back(std::move(record));
}

void TraceWriter::commit() {
  impl_->require_open();
  // Wide elements first: with the header padded, every tensor is aligned for readers that map without copying.
  std::vector<std::string> order = impl_->order;
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](const std::string& name) { return dtype_bytes(impl_->tensors.at(name).dtype); });
  SafetensorsHeader header;
  header.metadata = {{"luqtrace.version", "1"},
                     {"luqtrace.provenance", provenance_to_json(impl_->provenance)},
                     {"luqtrace.records", records_to_json(impl_->records)}};
  std::uint64_t end = 0;
  for (const std::string& name : order) {
    const TensorEntry& from = impl_->tensors.at(name);
    const std::uint64_t begin = std::exchange(end, end + (from.end - from.begin));
    header.tensors.emplace(name, TensorEntry{from.dtype, from.shape, begin, end});
  }
  const std::string text = serialize_safetensors_header(header, impl_->path.string());

  OutputFile out(impl_->path, ".tmp");
  out.append(std::as_bytes(std::span(text)));
  for (const std::string& name : order) {
    const TensorEntry& from = impl_->tensors.at(name);
    out.append(impl_->data, from.begin, from.end);
  }
  out.publish(impl_->path);
  impl_->committed = true;
}

}  // namespace luqsim
