#include "tensor_file.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "luqsim/traces/write_file.h"

#include "context.h"

namespace luqsim {

TensorFile::TensorFile(std::filesystem::path path) : path_(std::move(path)), data_(path_, ".data.tmp") {
  data_.make_anonymous();
  check_replaceable(path_);
}

void TensorFile::require_open() const {
  if (committed_) throw std::logic_error(path_.string() + ": already committed");
}

void TensorFile::add_metadata_bytes(std::uint64_t bytes) {
  check_header_bytes(header_bytes_ + bytes, path_.string());
  header_bytes_ += bytes;
}

void TensorFile::add(const std::string& name, Dtype dtype, std::vector<std::uint64_t> shape,
                     std::span<const std::byte> bytes) {
  require_open();
  const Context context{path_.string(), "tensor " + in_quotes(name)};
  if (name.empty() || name == "__metadata__") context.fail("name", in_quotes(name), "any other name");
  if (tensors_.contains(name)) context.fail("name", "added before", "a new name");
  TensorEntry entry{dtype, std::move(shape), data_.size(), 0};
  const std::uint64_t header = header_bytes(name, entry);
  check_header_bytes(header_bytes_ + header, path_.string());
  data_.append(bytes);
  header_bytes_ += header;
  entry.end = data_.size();
  tensors_.emplace(name, std::move(entry));
  order_.push_back(name);
}

void TensorFile::commit(Metadata metadata) {
  require_open();
  // Wide elements first: with the header padded, every tensor is aligned for readers that map without copying.
  std::vector<std::string> order = order_;
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](const std::string& name) { return dtype_bytes(tensors_.at(name).dtype); });
  SafetensorsHeader header;
  header.metadata = std::move(metadata);
  std::uint64_t end = 0;
  for (const std::string& name : order) {
    const TensorEntry& from = tensors_.at(name);
    const std::uint64_t begin = std::exchange(end, end + (from.end - from.begin));
    header.tensors.emplace(name, TensorEntry{from.dtype, from.shape, begin, end});
  }
  const std::string text = serialize_safetensors_header(header, path_.string());

  OutputFile out(path_, ".tmp");
  out.append(std::as_bytes(std::span(text)));
  for (const std::string& name : order) {
    const TensorEntry& from = tensors_.at(name);
    out.append(data_, from.begin, from.end);
  }
  out.publish(path_);
  committed_ = true;
}

}  // namespace luqsim
