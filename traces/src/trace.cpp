#include "luqsim/traces/trace.h"

#include <bit>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "luqsim/traces/digest.h"

#include "check_record.h"
#include "context.h"
#include "record_json.h"
#include "safetensors.h"

namespace luqsim {

struct Trace::Impl {
  std::filesystem::path path;
  std::optional<SafetensorsFile> file;  // none: shapes only
  Provenance provenance;
  std::vector<Record> records;
  std::map<std::string, TensorView, std::less<>> tensors;
};

namespace {

const std::string& metadata(const SafetensorsHeader& header, const char* key, const std::string& file) {
  const auto found = header.metadata.find(key);
  if (found == header.metadata.end()) Context{file, "__metadata__"}.fail(key, "missing", "a luqsim trace");
  return found->second;
}

void check_records(std::span<const Record> records, const TensorTable& tensors, const std::string& name) {
  std::set<std::string_view> ids;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i];
    const Context context{name, fmt::format("record {} ({})", i, in_quotes(record.id))};
    check_record(record, tensors, context);
    if (!ids.insert(record.id).second) context.fail("id", in_quotes(record.id), "a name that no other record has");
  }
}

}  // namespace

Trace Trace::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  auto impl = std::make_shared<Impl>(Impl{path, SafetensorsFile(path), {}, {}, {}});
  const SafetensorsHeader& header = impl->file->header();
  const std::string& version = metadata(header, "luqtrace.version", name);
  if (version != "1") Context{name, "__metadata__"}.fail("luqtrace.version", in_quotes(version), "'1'");
  impl->provenance = provenance_from_json(metadata(header, "luqtrace.provenance", name), name);
  check_provenance(impl->provenance, {name, "luqtrace.provenance"});
  impl->records = records_from_json(metadata(header, "luqtrace.records", name), name);

  check_records(impl->records, header.tensors, name);
  for (const auto& [tensor, entry] : header.tensors)
    impl->tensors.emplace(tensor, TensorView{entry.dtype, entry.shape, impl->file->bytes(entry)});
  return Trace(std::move(impl));
}

Trace Trace::of_shapes(const std::filesystem::path& path, Provenance provenance, std::vector<Record> records) {
  check_provenance(provenance, {path.string(), "luqtrace.provenance"});
  check_records(records, {}, path.string());
  return Trace(std::make_shared<Impl>(Impl{path, std::nullopt, std::move(provenance), std::move(records), {}}));
}

const std::filesystem::path& Trace::path() const { return impl_->path; }
std::uint64_t Trace::file_bytes() const { return impl_->file ? impl_->file->file_bytes() : 0; }
const Provenance& Trace::provenance() const { return impl_->provenance; }
std::span<const Record> Trace::records() const { return impl_->records; }

std::string Trace::digest() const {
  std::string contents = records_to_json(impl_->records);
  for (const auto& [name, tensor] : impl_->tensors)
    contents += fmt::format("\n'{}' {}", name, content_digest(tensor.bytes));
  return content_digest(contents);
}

const TensorView& Trace::tensor(const std::string& name) const {
  const auto found = impl_->tensors.find(name);
  if (found == impl_->tensors.end())
    Context{impl_->path.string(), ""}.fail("tensor", in_quotes(name), "the name of a tensor in this file");
  return found->second;
}

CodeView Trace::codes(const Operand& operand, std::size_t sample) const {
  return {operand.format, operand.rows, operand.cols, tensor(operand.codes.at(sample)).bytes};
}

void Trace::read_values(const std::string& name, std::uint64_t first, std::span<float> out) const {
  const TensorView& values = tensor(name);
  // Copied bytewise: nothing in a safetensors file has to be aligned.
  const auto bytes = values.bytes.subspan(first * dtype_bytes(values.dtype), out.size() * dtype_bytes(values.dtype));
  if (values.dtype == Dtype::F32 && !out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  if (values.dtype == Dtype::BF16)
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, &bytes[2 * i], 2);
      out[i] = std::bit_cast<float>(std::uint32_t{bits} << 16);
    }
}

std::vector<float> Trace::source(const Operand& operand) const {
  std::vector<float> values(operand.rows * operand.cols);
  read_values(operand.source, 0, values);
  return values;
}

std::vector<float> Trace::out(const Record& record) const {
  std::vector<float> values(record.m * record.n);
  read_values(record.out, 0, values);
  return values;
}

}  // namespace luqsim
