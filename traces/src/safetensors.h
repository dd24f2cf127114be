// The safetensors container: 8-byte little-endian header length, JSON header, data that the tensors cover exactly.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/iostreams/device/mapped_file.hpp>

#include "luqsim/traces/trace.h"

namespace luqsim {

struct TensorEntry {
  Dtype dtype = Dtype::U8;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;  // bytes of the data section
};
using TensorTable = std::map<std::string, TensorEntry, std::less<>>;
using Metadata = std::map<std::string, std::string, std::less<>>;

struct SafetensorsHeader {
  TensorTable tensors;
  Metadata metadata;
};

// Throws TraceError unless `json` is a header whose tensors cover data_bytes bytes without overlap or hole.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes, const std::string& file);

// What a tensor, wherever it will lie, and a text take in a header; at most.
std::uint64_t header_bytes(const std::string& name, TensorEntry entry);
std::uint64_t header_bytes(const std::string& text);
// Throws TraceError for a header that is too long.
void check_header_bytes(std::uint64_t length, const std::string& file);

// Header length and JSON text, padded so that data which follows starts at a multiple of 64. Throws TraceError for a
// header that no reader would accept: too long, or text that is not UTF-8.
std::string serialize_safetensors_header(const SafetensorsHeader& header, const std::string& file);

// A mapped file. Only the header is read; the data is paged in when somebody looks at it.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const SafetensorsHeader& header() const { return header_; }
  std::uint64_t file_bytes() const { return map_.size(); }
  std::span<const std::uint8_t> bytes(const TensorEntry& entry) const;

 private:
  boost::iostreams::mapped_file_source map_;
  SafetensorsHeader header_;
  std::uint64_t data_begin_ = 0;
};

}  // namespace luqsim
