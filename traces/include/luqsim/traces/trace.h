// Reading a trace: one .safetensors file, memory-mapped; tensors are views into the map, nothing is copied.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "luqsim/numerics/tensor.h"
#include "luqsim/traces/record.h"

namespace luqsim {

// A file that is no valid trace. The message names the file, the record or tensor, the field, its value, what was
// wanted.
class TraceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Element types of safetensors files that luqsim writes. The tensors of a trace are of the first three.
enum class Dtype : std::uint8_t { U8, BF16, F32, I8, U16, I32, U64 };
template <>
struct EnumNames<Dtype> {
  static constexpr std::array<std::string_view, 7> names{"U8", "BF16", "F32", "I8", "U16", "I32", "U64"};
};
constexpr std::size_t dtype_bytes(Dtype dtype) {
  constexpr std::array<std::size_t, 7> bytes{1, 2, 4, 1, 2, 4, 8};
  return bytes[static_cast<std::size_t>(dtype)];
}
constexpr bool is_trace_dtype(Dtype dtype) { return dtype <= Dtype::F32; }

// Longest header that the safetensors library itself reads.
inline constexpr std::uint64_t max_header_bytes = 100'000'000;

struct TensorView {
  Dtype dtype = Dtype::U8;
  std::vector<std::uint64_t> shape;
  std::span<const std::uint8_t> bytes;
};

class Trace {
 public:
  // Checks the whole header: every offset, size, dtype, record and tensor reference. Throws TraceError.
  static Trace open(const std::filesystem::path& path);
  // A trace of records without tensors, which an importer made from the file `path`. Throws TraceError for a record
  // that is not valid or names a tensor, and for a provenance that no trace has.
  static Trace of_shapes(const std::filesystem::path& path, Provenance provenance, std::vector<Record> records);

  const std::filesystem::path& path() const;
  std::uint64_t file_bytes() const;  // 0 without a file of tensors
  const Provenance& provenance() const;
  std::span<const Record> records() const;
  // Of the records and of all tensors' contents, which it reads: traces with one digest hold the same.
  std::string digest() const;

  // A tensor named by one of the records.
  const TensorView& tensor(const std::string& name) const;
  // Packed codes of sample `sample` of an operand, in stored orientation.
  CodeView codes(const Operand& operand, std::size_t sample = 0) const;
  // Elements first .. first + out.size() - 1, row-major, of a F32 or BF16 tensor as fp32, copied from the map.
  void read_values(const std::string& name, std::uint64_t first, std::span<float> out) const;
  // The source of an operand as fp32.
  std::vector<float> source(const Operand& operand) const;
  // The recorded output, row-major m x n.
  std::vector<float> out(const Record& record) const;

 private:
  struct Impl;
  explicit Trace(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace luqsim
