// A design: every parameter that an architecture YAML file sets. docs/architecture.md lists keys, units and ranges.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>

#include "luqsim/numerics/accumulator.h"
#include "luqsim/numerics/product.h"

namespace luqsim {

// What stays in the processing elements while the array works on a fold.
enum class Dataflow : std::uint8_t { os };
template <>
struct EnumNames<Dataflow> {
  static constexpr std::array<std::string_view, 1> names{"os"};
};

struct ArrayConfig {
  std::uint32_t rows = 0, cols = 0;
  std::uint32_t lanes = 0;  // MACs in a PE: consecutive k that it multiplies and sums in a cycle
  Dataflow dataflow = Dataflow::os;
  Product fprop_product = Product::int4_mul, bprop_product = Product::shift;
  AccumulatorConfig accumulator;
  bool double_buffered_accumulators = false;  // a fold drains while the next one runs
};

struct BufferConfig {
  std::uint64_t bytes = 0;
  bool double_buffered = false;  // two halves: one fills while the other is read

  std::uint64_t slot_bytes() const { return double_buffered ? bytes / 2 : bytes; }
};

struct DramConfig {
  std::uint64_t bytes_per_cycle = 0, latency_cycles = 0, burst_bytes = 0;
};

struct QuantizerConfig {
  std::uint32_t units = 0, lanes = 0;  // units * lanes elements a cycle
};

struct Architecture {
  std::string name;
  double clock_ghz = 0;
  ArrayConfig array;
  BufferConfig a, b, out;
  DramConfig dram;
  QuantizerConfig quantizer;
};

// A design that cannot be used. The message: file:line:column, the key, its value, what was wanted.
class ArchitectureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads a design and the designs that it `extends`, then applies overrides, each "array.rows=64".
Architecture load_architecture(const std::filesystem::path& path, std::span<const std::string> overrides = {});

// JSON Schema (2020-12) of the YAML files, for editors.
std::string architecture_schema();

}  // namespace luqsim
