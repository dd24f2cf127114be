// Writing a safetensors file: tensors stream to a temporary file; commit() makes the finished file appear at once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "output_file.h"
#include "safetensors.h"

namespace luqsim {

// Without commit(), the temporary file is removed and an older file stays as it was. Errors of the disk are
// std::system_error.
class TensorFile {
 public:
  explicit TensorFile(std::filesystem::path path);

  // Throws std::logic_error after commit().
  void require_open() const;
  // Counts what will stand in the header's metadata. Throws TraceError where the header becomes too long for any
  // reader.
  void add_metadata_bytes(std::uint64_t bytes);
  // Throws TraceError unless the name is new and none of the container's own, and as add_metadata_bytes.
  void add(const std::string& name, Dtype dtype, std::vector<std::uint64_t> shape, std::span<const std::byte> bytes);
  template <class T>
  void add(const std::string& name, const std::vector<T>& values, std::vector<std::uint64_t> shape) {
    add(name, dtype_of<T>(), std::move(shape), std::as_bytes(std::span(values)));
  }

  const std::filesystem::path& path() const { return path_; }
  const TensorTable& tensors() const { return tensors_; }
  std::uint64_t header_so_far() const { return header_bytes_; }  // bytes, at most

  void commit(Metadata metadata);  // header, data, fsync, rename

 private:
  template <class T>
  static constexpr Dtype dtype_of() {
    if constexpr (std::is_same_v<T, std::uint8_t>) return Dtype::U8;
    if constexpr (std::is_same_v<T, std::int8_t>) return Dtype::I8;
    if constexpr (std::is_same_v<T, std::uint16_t>) return Dtype::U16;
    if constexpr (std::is_same_v<T, std::int32_t>) return Dtype::I32;
    if constexpr (std::is_same_v<T, std::uint64_t>) return Dtype::U64;
    if constexpr (std::is_same_v<T, float>) return Dtype::F32;
  }

  std::filesystem::path path_;
  OutputFile data_;      // tensors as they were added
  TensorTable tensors_;  // offsets in data_
  std::vector<std::string> order_;
  std::uint64_t header_bytes_ = 1024;  // braces, padding, the keys of the metadata
  bool committed_ = false;
};

}  // namespace luqsim
