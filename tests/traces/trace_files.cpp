#include "trace_files.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include <boost/json.hpp>
#include <stdlib.h>

namespace luqsim::test {
namespace fs = std::filesystem;
namespace json = boost::json;

CodeTensor some_codes(Format format, std::size_t rows, std::size_t cols, unsigned seed) {
  std::mt19937 random(seed);
  CodeTensor tensor{format, rows, cols, std::vector<std::uint8_t>(rows * packed_row_bytes(cols))};
  for (std::uint8_t& byte : tensor.bytes) byte = static_cast<std::uint8_t>(random());
  return tensor;
}

std::vector<Record> example_records() {
  const SawbQuantization sawb{{.format = Format::int4}};
  Record fprop{.id = "fc.fprop", .step = 12, .layer = "fc", .m = 4, .n = 3, .k = 5, .out = "z", .kernel = "cpu gemm"};
  fprop.a = {.rows = 4, .cols = 5, .scale = 0.1F, .quantization = sawb, .codes = {"x"}, .source = "x.source"};
  fprop.b = {.rows = 5, .cols = 3, .scale = 0x1.fffffep-3F, .quantization = sawb, .codes = {"w"}};

  Record wgrad{.id = "fc.wgrad", .step = 12, .layer = "fc", .pass = Pass::wgrad, .m = 5, .n = 3, .k = 4};
  wgrad.a = fprop.a;
  wgrad.a.view = View::transposed;
  wgrad.b = {.format = Format::fp4_e3m0, .rows = 4, .cols = 3, .scale = 0x1p-126F, .codes = {"d0", "d1"}};
  wgrad.b.quantization = LuqQuantization{
      .config = {.rounding = Rounding::rdnp_su, .alpha = Alpha::pow2, .top_exponent = 4, .random_bits = 8, .reuse = 3},
      .stream = {.seed = 0xFEDCBA9876543210U, .tensor = 0xFFFFFFFFU, .step = (1U << 24) - 1, .sample = 254},
      .estimate = 0.75F};

  Record conv{.id = "conv.fprop", .step = 0, .layer = "conv \"1\"\\\u03b1", .m = 40, .n = 2, .k = 12};
  conv.a = {.format = Format::uint4, .rows = 24, .cols = 3, .view = View::im2col, .codes = {"image"}};
  conv.a.im2col = Im2col{.n = 2, .h = 4, .w = 3, .c = 3, .kernel_h = 2, .kernel_w = 2, .stride = 1, .padding = 1};
  conv.b = {.rows = 12, .cols = 2, .codes = {"filter"}};

  Record dgrad{.id = "fc.dgrad", .step = 1ULL << 40, .layer = "fc", .pass = Pass::dgrad, .m = 4, .n = 5, .k = 3};
  dgrad.a = {.format = Format::fp4_e3m0, .rows = 4, .cols = 3};
  dgrad.b = {.rows = 5, .cols = 3, .view = View::transposed};
  return {fprop, wgrad, conv, dgrad};
}

Provenance example_provenance() {
  return {.backend = "cpu", .device = "a \\ device", .network = "mlp", .dataset = "digits", .seed = UINT64_MAX};
}

void fill_example(TraceWriter& writer) {
  writer.add("x", some_codes(Format::int4, 4, 5, 1).view());
  writer.add("w", some_codes(Format::int4, 5, 3, 2).view());
  std::vector<float> values(20);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.37F - 2;
  writer.add("x.source", values, 4, 5);
  writer.add("z", std::span(values).first(12), 4, 3);
  writer.add("d0", some_codes(Format::fp4_e3m0, 4, 3, 3).view());
  writer.add("d1", some_codes(Format::fp4_e3m0, 4, 3, 4).view());
  writer.add("image", some_codes(Format::uint4, 24, 3, 5).view());
  writer.add("filter", some_codes(Format::int4, 12, 2, 6).view());
  for (Record& record : example_records()) writer.add(std::move(record));
}

void write_example(const fs::path& path) {
  TraceWriter writer(path, example_provenance());
  fill_example(writer);
  writer.commit();
}

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string container(std::string_view header, std::string_view data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i));
  return bytes.append(header).append(data);
}

json::object metadata(std::string_view records) {
  return {{"luqtrace.version", "1"},
          {"luqtrace.provenance", R"({"backend": "cpu", "seed": 1})"},
          {"luqtrace.records", records}};
}

RawTrace::RawTrace(const fs::path& path) {
  const std::string bytes = read_bytes(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  header = json::parse(bytes.substr(8, length)).as_object();
  data = bytes.substr(8 + length);
  json::object& metadata = header["__metadata__"].as_object();
  records = json::parse(metadata["luqtrace.records"].as_string()).as_array();
}

void RawTrace::save(const fs::path& path) const {
  json::object copy = header;
  copy["__metadata__"].as_object()["luqtrace.records"] = json::serialize(records);
  write_bytes(path, container(json::serialize(copy), data));
}

std::string open_error(const fs::path& path) {
  try {
    Trace::open(path);
  } catch (const TraceError& error) {
    return error.what();
  }
  return "";
}

}  // namespace luqsim::test
