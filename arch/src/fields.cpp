#include "fields.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "luqsim/input/shown.h"

#include "to_number.h"

namespace luqsim {
namespace {

// A key whose absence means something has a member that is a std::optional.
template <class T>
struct Held {
  using Type = T;
};
template <class T>
struct Held<std::optional<T>> {
  using Type = T;
};

std::string scalar_of(bool value) { return value ? "true" : "false"; }
std::string scalar_of(std::uint32_t value) { return std::to_string(value); }
std::string scalar_of(std::uint64_t value) { return std::to_string(value); }
std::string scalar_of(double value) { return fmt::format("{}", value); }
std::string scalar_of(const std::string& value) { return value; }
template <NamedEnum Enum>
std::string scalar_of(Enum value) {
  return std::string(name_of(value));
}
template <class T>
std::optional<std::string> scalar_of(const std::optional<T>& value) {
  return value ? std::optional(scalar_of(*value)) : std::nullopt;
}

// A field whose member `at` finds in an Architecture, and whose checked scalars `parse` reads.
template <class At, class Parse>
Field field_of(std::string_view path, FieldType type, std::string_view description, At at, Parse parse) {
  return {path,
          std::move(type),
          true,
          description,
          [at, parse](Architecture& a, const std::string& s) { at(a) = parse(s); },
          [at](const Architecture& a) -> std::optional<std::string> { return scalar_of(at(a)); }};
}

template <class At>
using Member = typename Held<std::remove_reference_t<std::invoke_result_t<At, Architecture&>>>::Type;

template <class At>
Field integer(std::string_view path, std::uint64_t min, std::uint64_t max, std::string_view description, At at) {
  return field_of(path, IntegerType{min, max}, description, at,
                  [](const std::string& s) { return static_cast<Member<At>>(*to_number<std::uint64_t>(s)); });
}

template <class At>
Field boolean(std::string_view path, std::string_view description, At at) {
  return field_of(path, BooleanType{}, description, at, [](const std::string& s) { return s == "true"; });
}

template <class At>
Field choice(std::string_view path, std::string_view description, At at) {
  using Enum = Member<At>;
  ChoiceType type;
  for (const std::string_view name : EnumNames<Enum>::names) type.names.emplace_back(name);
  return field_of(path, std::move(type), description, at, [](const std::string& s) { return *from_name<Enum>(s); });
}

Field optional(Field field) {
  field.required = false;
  return field;
}

void add_design_fields(std::vector<Field>& f) {
  f.push_back(field_of(
      "name", TextType{}, "Name in reports", [](auto& a) -> auto& { return a.name; },
      [](const std::string& s) { return s; }));
  f.push_back(field_of(
      "clock_ghz", RealType{0.001, 100}, "Clock frequency in GHz", [](auto& a) -> auto& { return a.clock_ghz; },
      [](const std::string& s) { return *to_number<double>(s); }));
  f.push_back(optional(choice(
      "formats.forward", "Weights and activations as stored and multiplied; int4, as traces have them, unless given",
      [](auto& a) -> auto& { return a.formats.forward; })));
  f.push_back(optional(choice(
      "formats.gradient", "Gradients as stored and multiplied; fp4_e3m0, as traces have them, unless given",
      [](auto& a) -> auto& { return a.formats.gradient; })));
}

void add_array_fields(std::vector<Field>& f) {
  f.push_back(integer(
      "array.rows", 1, 1024, "Rows of PEs", [](auto& a) -> auto& { return a.array.rows; }));
  f.push_back(integer(
      "array.cols", 1, 1024, "Columns of PEs", [](auto& a) -> auto& { return a.array.cols; }));
  f.push_back(integer(
      "array.lanes", 1, 64, "MACs in a PE: consecutive k summed in a cycle",
      [](auto& a) -> auto& { return a.array.lanes; }));
  f.push_back(choice(
      "array.dataflow", "What stays in the PEs: os outputs, ws weights (operand B), is inputs (operand A)",
      [](auto& a) -> auto& { return a.array.dataflow; }));
  f.push_back(choice(
      "array.fprop_product", "Multiplier of fprop: forward x forward format",
      [](auto& a) -> auto& { return a.array.fprop_product; }));
  f.push_back(choice(
      "array.bprop_product", "Multiplier of dgrad and wgrad: forward x gradient format",
      [](auto& a) -> auto& { return a.array.bprop_product; }));
  f.push_back(choice(
      "array.accumulator", "Adder that sums the products", [](auto& a) -> auto& { return a.array.accumulator.kind; }));
  f.push_back(optional(choice(
      "array.overflow", "Integer accumulators: wrap (counted) or saturate; wrap unless given",
      [](auto& a) -> auto& { return a.array.accumulator.overflow; })));
  f.push_back(optional(integer(
      "array.chunk_length", 1, 65536, "Accumulator chunk: terms of an inner sum; 64 unless given",
      [](auto& a) -> auto& { return a.array.accumulator.chunk_length; })));
  f.push_back(boolean(
      "array.double_buffered_accumulators", "os: a fold drains while the next one runs",
      [](auto& a) -> auto& { return a.array.double_buffered_accumulators; }));
  f.push_back(optional(boolean(
      "array.double_buffered_stationary", "ws, is: the next fold is preloaded while one runs; true unless given",
      [](auto& a) -> auto& { return a.array.double_buffered_stationary; })));
  f.push_back(optional(choice(
      "array.zero_skip", "Zero operands: none, gate (saves energy) or skip (saves cycles, os only); none unless given",
      [](auto& a) -> auto& { return a.array.zero_skip; })));
  f.push_back(optional(choice(
      "array.skip_side", "Zeros of operand A (rows) or B (cols) are skipped; rows unless given",
      [](auto& a) -> auto& { return a.array.skip_side; })));
  f.push_back(optional(integer(
      "array.skip_group", 1, 1024, "PE rows or columns that skip together; 1 unless given",
      [](auto& a) -> auto& { return a.array.skip_group; })));
  f.push_back(optional(integer(
      "array.skip_queue", 1, 4096, "Steps by which a group may run ahead of the slowest; 8 unless given",
      [](auto& a) -> auto& { return a.array.skip_queue; })));
}

void add_buffer_fields(std::vector<Field>& f) {
  constexpr std::uint64_t max_bytes = std::uint64_t{1} << 34;
  const auto buffer = [&f](std::array<std::string_view, 4> keys, std::string_view what, auto at) {
    f.push_back(integer(
        keys[0], 64, max_bytes, what, [at](auto& a) -> auto& { return at(a).bytes; }));
    f.push_back(boolean(
        keys[1],
        "Two halves: one fills while the other is read", [at](auto& a) -> auto& { return at(a).double_buffered; }));
    f.push_back(integer(
        keys[2], 1, 1024, "Banks of a half", [at](auto& a) -> auto& { return at(a).banks; }));
    f.push_back(integer(
        keys[3], 1, 1024, "Bytes that a bank moves in a cycle", [at](auto& a) -> auto& { return at(a).bank_bytes; }));
  };
  buffer(
      {"buffers.a.bytes", "buffers.a.double_buffered", "buffers.a.banks", "buffers.a.bank_bytes"},
      "Scratchpad of operand A in bytes", [](auto& a) -> auto& { return a.a; });
  buffer(
      {"buffers.b.bytes", "buffers.b.double_buffered", "buffers.b.banks", "buffers.b.bank_bytes"},
      "Scratchpad of operand B in bytes", [](auto& a) -> auto& { return a.b; });
  buffer(
      {"buffers.out.bytes", "buffers.out.double_buffered", "buffers.out.banks", "buffers.out.bank_bytes"},
      "Scratchpad of outputs in bytes", [](auto& a) -> auto& { return a.out; });
}

void add_dram_fields(std::vector<Field>& f) {
  f.push_back(integer(
      "dram.bytes_per_cycle", 1, 65536, "Bandwidth in bytes a cycle, reads and writes together",
      [](auto& a) -> auto& { return a.dram.bytes_per_cycle; }));
  f.push_back(integer(
      "dram.latency", 0, 100000, "Cycles from a served read burst to its arrival",
      [](auto& a) -> auto& { return a.dram.latency_cycles; }));
  f.push_back(integer(
      "dram.burst", 1, 65536, "Bytes of a burst: the unit of transfer and arbitration",
      [](auto& a) -> auto& { return a.dram.burst_bytes; }));
  f.push_back(integer(
      "dram.outstanding", 1, 65536, "Read bursts that a load DMA may have on their way",
      [](auto& a) -> auto& { return a.dram.outstanding; }));
}

void add_quantizer_fields(std::vector<Field>& f) {
  f.push_back(integer(
      "quantizer.units", 1, 1024, "Quantizer units", [](auto& a) -> auto& { return a.quantizer.units; }));
  f.push_back(integer(
      "quantizer.lanes", 1, 1024, "Elements that a quantizer unit takes in a cycle",
      [](auto& a) -> auto& { return a.quantizer.lanes; }));
  f.push_back(optional(choice(
      "quantizer.rng", "Random numbers: philox (as traces are recorded) or lfsr16, one a lane; philox unless given",
      [](auto& a) -> auto& { return a.quantizer.rng; })));
  f.push_back(optional(integer(
      "quantizer.rng_bits", 1, 16, "Random bits an element; as recorded unless given",
      [](auto& a) -> auto& { return a.quantizer.rng_bits; })));
  f.push_back(optional(choice(
      "quantizer.alpha", "LUQ's alpha from the maximum, or the power of two above; as recorded unless given",
      [](auto& a) -> auto& { return a.quantizer.alpha; })));
  f.push_back(optional(choice(
      "quantizer.stat", "LUQ's maximum: exact (a pass of its own) or hindsight; as recorded unless given",
      [](auto& a) -> auto& { return a.quantizer.stat; })));
  f.push_back(optional(integer(
      "quantizer.reuse", 1, 4096, "Steps that share random numbers; as recorded unless given",
      [](auto& a) -> auto& { return a.quantizer.reuse; })));
  f.push_back(optional(integer(
      "quantizer.samples", 1, 255,
      "SMP samples of wgrad's gradients in records without codes, and those that parallel lanes make at most; 1 unless "
      "given",
      [](auto& a) -> auto& { return a.quantizer.samples; })));
  f.push_back(optional(choice(
      "quantizer.smp", "SMP samples are quantized one pass each (serial) or at once (parallel); serial unless given",
      [](auto& a) -> auto& { return a.quantizer.smp; })));
}

void add_schedule_fields(std::vector<Field>& f) {
  f.push_back(optional(choice(
      "schedule.resident", "Operand whose tiles stay while the other passes; the least DRAM traffic unless given",
      [](auto& a) -> auto& { return a.schedule.resident; })));
  f.push_back(optional(integer(
      "schedule.k_tile", 1, std::uint64_t{1} << 40, "k of a passing tile; what fits unless given",
      [](auto& a) -> auto& { return a.schedule.k_tile; })));
  f.push_back(optional(integer(
      "schedule.stream_tile", 1, std::uint64_t{1} << 40,
      "ws: rows of A, is: columns of B that stream in a fold; what fits unless given",
      [](auto& a) -> auto& { return a.schedule.stream_tile; })));
  f.push_back(optional(choice(
      "compat", "scalesim: report the compute cycles that SCALE-Sim v3 reports; none unless given",
      [](auto& a) -> auto& { return a.compat; })));
}

// In the order of the schema and of canonical texts.
std::vector<Field> make_fields() {
  std::vector<Field> fields;
  for (const auto add : {add_design_fields, add_array_fields, add_buffer_fields, add_dram_fields, add_quantizer_fields,
                         add_schedule_fields})
    add(fields);
  return fields;
}

struct Wanted {
  std::string operator()(const IntegerType& t) const { return fmt::format("an integer from {} to {}", t.min, t.max); }
  std::string operator()(const RealType& t) const { return fmt::format("a number from {} to {}", t.min, t.max); }
  std::string operator()(const BooleanType&) const { return "true or false"; }
  std::string operator()(const TextType&) const { return "a text that is not empty and has no control characters"; }
  std::string operator()(const ChoiceType& t) const { return fmt::format("one of: {}", fmt::join(t.names, ", ")); }
};

struct Normalized {
  const std::string& scalar;
  std::string operator()(const IntegerType&) const { return fmt::format("{}", *to_number<std::uint64_t>(scalar)); }
  std::string operator()(const RealType&) const { return fmt::format("{}", *to_number<double>(scalar)); }
  template <class Type>
  std::string operator()(const Type&) const {
    return scalar;
  }
};

struct IsValid {
  const std::string& scalar;
  bool operator()(const IntegerType& t) const {
    const auto value = to_number<std::uint64_t>(scalar);
    return value && *value >= t.min && *value <= t.max;
  }
  bool operator()(const RealType& t) const {
    const auto value = to_number<double>(scalar);
    return value && *value >= t.min && *value <= t.max;
  }
  bool operator()(const BooleanType&) const { return scalar == "true" || scalar == "false"; }
  bool operator()(const TextType&) const { return !scalar.empty() && !has_control_characters(scalar); }
  bool operator()(const ChoiceType& t) const { return std::ranges::find(t.names, scalar) != t.names.end(); }
};

}  // namespace

const std::vector<Field>& architecture_fields() {
  static const std::vector<Field> fields = make_fields();
  return fields;
}

const Field* find_field(std::string_view path) {
  const auto& fields = architecture_fields();
  const auto found = std::ranges::find(fields, path, &Field::path);
  return found == fields.end() ? nullptr : &*found;
}

std::string wanted(const FieldType& type) { return std::visit(Wanted{}, type); }
std::string normalized(const FieldType& type, const std::string& scalar) {
  return std::visit(Normalized{scalar}, type);
}
bool is_valid(const FieldType& type, const std::string& scalar) { return std::visit(IsValid{scalar}, type); }

}  // namespace luqsim
