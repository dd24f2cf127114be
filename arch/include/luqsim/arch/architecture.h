// A design: every parameter that an architecture YAML file sets. docs/architecture.md lists keys, units and ranges.
#pragma once
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "luqsim/arch/operand_format.h"
#include "luqsim/numerics/accumulator.h"
#include "luqsim/numerics/luq.h"
#include "luqsim/numerics/product.h"

namespace luqsim {

// What stays in the processing elements while the array works on a fold: outputs, weights (operand B) or inputs
// (operand A).
enum class Dataflow : std::uint8_t { os, ws, is };
template <>
struct EnumNames<Dataflow> {
  static constexpr std::array<std::string_view, 3> names{"os", "ws", "is"};
};
// True where outputs stay and are drained. Otherwise an operand is preloaded, and sums pass through the PEs.
constexpr bool keeps_outputs(Dataflow dataflow) { return dataflow == Dataflow::os; }

// What a PE does with a zero operand: multiplies it, saves the energy, or saves the cycle.
enum class ZeroSkip : std::uint8_t { none, gate, skip };
template <>
struct EnumNames<ZeroSkip> {
  static constexpr std::array<std::string_view, 3> names{"none", "gate", "skip"};
};

// Whose zeros are skipped: groups of rows (operand A of an output-stationary array) or of columns (operand B).
enum class SkipSide : std::uint8_t { rows, cols };
template <>
struct EnumNames<SkipSide> {
  static constexpr std::array<std::string_view, 2> names{"rows", "cols"};
};

struct ArrayConfig {
  std::uint32_t rows = 0, cols = 0;
  std::uint32_t lanes = 0;  // MACs in a PE: consecutive k that it multiplies and sums in a cycle
  Dataflow dataflow = Dataflow::os;
  Product fprop_product = Product::int4_mul, bprop_product = Product::shift;
  AccumulatorConfig accumulator;
  bool double_buffered_accumulators = false;  // os: a fold drains while the next one runs
  bool double_buffered_stationary = true;     // ws, is: the next fold is preloaded while one runs
  ZeroSkip zero_skip = ZeroSkip::none;
  SkipSide skip_side = SkipSide::rows;
  std::uint32_t skip_group = 1;  // PE rows (or columns) that skip together
  std::uint32_t skip_queue = 8;  // steps by which a group may run ahead of the slowest

  std::uint64_t macs_per_cycle() const { return std::uint64_t{rows} * cols * lanes; }  // peak
};

// What operands are stored and multiplied as: weights and activations, gradients.
struct FormatConfig {
  OperandFormat forward = OperandFormat::int4, gradient = OperandFormat::fp4_e3m0;

  // The formats of traces. With others nothing can be computed from a trace's codes: cycles, area and energy alone.
  bool as_traced() const { return forward == OperandFormat::int4 && gradient == OperandFormat::fp4_e3m0; }
  // Room for either operand: both may be of the larger format.
  OperandSize larger_size() const {
    return {std::max(operand_size(forward).bits_of_32, operand_size(gradient).bits_of_32)};
  }
};

struct BufferConfig {
  std::uint64_t bytes = 0;
  bool double_buffered = false;             // two halves: one fills while the other is read
  std::uint32_t banks = 1, bank_bytes = 8;  // of a half; a bank moves bank_bytes a cycle

  std::uint64_t slot_bytes() const { return double_buffered ? bytes / 2 : bytes; }
  // Cycles in which one access of `access_bytes` consecutive bytes is served: banks are interleaved word by word.
  std::uint64_t access_cycles(std::uint64_t access_bytes) const {
    const std::uint64_t words = (access_bytes + bank_bytes - 1) / bank_bytes;
    return words <= banks ? 1 : (words + banks - 1) / banks;
  }
};

struct DramConfig {
  std::uint64_t bytes_per_cycle = 0, latency_cycles = 0, burst_bytes = 0;
  std::uint32_t outstanding = 0;  // read bursts that a load DMA may have on their way
};

enum class Rng : std::uint8_t { philox, lfsr16 };
template <>
struct EnumNames<Rng> {
  static constexpr std::array<std::string_view, 2> names{"philox", "lfsr16"};
};

// Where LUQ's maximum comes from: a pass over the tensor, or an estimate from earlier steps.
enum class Statistic : std::uint8_t { exact, hindsight };
template <>
struct EnumNames<Statistic> {
  static constexpr std::array<std::string_view, 2> names{"exact", "hindsight"};
};

// How the samples of SMP are quantized: one pass each, or all in one pass by as many times the hardware.
enum class Smp : std::uint8_t { serial, parallel };
template <>
struct EnumNames<Smp> {
  static constexpr std::array<std::string_view, 2> names{"serial", "parallel"};
};

// What is absent is done as the trace recorded it; what is given replaces it, and the codes may then differ.
struct QuantizerConfig {
  std::uint32_t units = 0, lanes = 0;  // units * lanes elements a cycle
  Rng rng = Rng::philox;
  std::optional<std::uint32_t> rng_bits;
  std::optional<Alpha> alpha;
  std::optional<Statistic> stat;
  std::optional<std::uint32_t> reuse;  // steps that share random numbers: made in the first, stored, read in the others
  std::uint32_t samples = 1;  // of gradients in wgrad, in records without codes; smp parallel: the most in any record
  Smp smp = Smp::serial;
};

// Replaces the controller's own choice of tiles (docs/cycle-model.md, Schedule).
enum class Resident : std::uint8_t { automatic, a, b, none };
template <>
struct EnumNames<Resident> {
  static constexpr std::array<std::string_view, 4> names{"automatic", "a", "b", "none"};
};
struct ScheduleConfig {
  Resident resident = Resident::automatic;
  std::uint64_t k_tile = 0;       // k of a passing tile; 0: what fits
  std::uint64_t stream_tile = 0;  // ws: rows of A, is: columns of B that stream in one fold; 0: what fits
};

enum class Compat : std::uint8_t { none, scalesim };
template <>
struct EnumNames<Compat> {
  static constexpr std::array<std::string_view, 2> names{"none", "scalesim"};
};

struct Architecture {
  std::string name;
  double clock_ghz = 0;
  FormatConfig formats;
  ArrayConfig array;
  BufferConfig a, b, out;
  DramConfig dram;
  QuantizerConfig quantizer;
  ScheduleConfig schedule;
  Compat compat = Compat::none;  // scalesim: the compute cycles that SCALE-Sim v3 reports
  // Every key that was given, by its path ("array.rows"), as text in one spelling: 1.0 and 1 are the same.
  std::map<std::string, std::string> settings;
};

// Of a gradient and the other operand, as quantizers emit them, in units of both scales; 0: no integer.
std::uint32_t largest_product(const FormatConfig& formats);
// The longest sum of such products that the accumulator holds exactly, whatever their signs and order; none where
// products are no integers: their sums round.
std::optional<std::uint64_t> exact_terms(const Architecture& architecture);

// A design that cannot be used. The message: file:line:column, the key, its value, what was wanted.
class ArchitectureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The file of a design that another one `extends` by a plain name (no folder, no extension), where no file beside it
// has that name: a bundled design. Throws ArchitectureError where there is none.
using FindDesign = std::function<std::filesystem::path(const std::string&)>;

// Reads a design and the designs that it `extends`, then applies overrides, each "array.rows=64". Throws
// ArchitectureError.
Architecture load_architecture(const std::filesystem::path& path, std::span<const std::string> overrides = {},
                               const FindDesign& find = {});

// Every key with its value, a line each ("array.rows=64"), in the order of the schema; keys that are left to the trace
// are absent. Equal texts are equal designs.
std::string canonical_text(const Architecture& architecture);
// Throws ArchitectureError: "design:line", the key, its value, what was wanted.
Architecture from_canonical_text(std::string_view text);

// One changed key of a design; `where` (file:line:column) stands before messages about it.
struct DesignSetting {
  std::string key, value, where;
};

// A base with changes. Without an architecture the parser refused it: what no single key can check.
struct Design {
  std::optional<Architecture> architecture;
  std::string text;     // canonical; of a refused design its settings as they stood
  std::string refusal;  // the parser's message
};

// A design file, read once and changed many times.
class BaseDesign {
 public:
  // Throws ArchitectureError for what no change of keys could mend.
  explicit BaseDesign(const std::filesystem::path& path, const FindDesign& find = {});
  // Throws ArchitectureError for a key that is unknown or a value that is out of its range.
  Design with(std::span<const DesignSetting> changes) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

// JSON Schema (2020-12) of the YAML files, for editors.
std::string architecture_schema();

}  // namespace luqsim
