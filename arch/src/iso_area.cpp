#include "luqsim/arch/iso_area.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "luqsim/arch/area.h"

#include "operand_slots.h"
#include "settings.h"

namespace luqsim {
namespace {

constexpr std::uint32_t largest_side = 1024, most_banks = 1024;

// Banks of which one access moves so many bytes.
std::uint32_t banks_for(std::uint64_t bytes, const BufferConfig& buffer) {
  const std::uint64_t banks = (bytes + buffer.bank_bytes - 1) / buffer.bank_bytes;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(banks, buffer.banks, most_banks));
}

void grow(BufferConfig& buffer, std::uint64_t slot_bytes) {
  buffer.bytes = std::max(buffer.bytes, slot_bytes * (buffer.double_buffered ? 2 : 1));
}

Architecture with_array(const Architecture& base, std::uint32_t rows, std::uint32_t cols) {
  Architecture a = base;
  a.array.rows = rows;
  a.array.cols = cols;
  const std::uint64_t step = a.formats.larger_size().bytes(std::uint64_t{std::max(rows, cols)} * a.array.lanes);
  a.a.banks = banks_for(step, a.a);
  a.b.banks = banks_for(step, a.b);
  a.out.banks = banks_for(cols * sizeof(float), a.out);
  const OperandSlots slots = operand_slots(a.array, a.formats.larger_size());
  grow(a.a, slots.a_bytes);
  grow(a.b, slots.b_bytes);
  grow(a.out, std::uint64_t{rows} * cols * sizeof(float));
  return a;
}

}  // namespace

Architecture fitted_to_area(const Architecture& architecture, double gates) {
  const std::uint32_t unit = std::gcd(architecture.array.rows, architecture.array.cols);
  const std::uint32_t rows = architecture.array.rows / unit, cols = architecture.array.cols / unit;
  std::uint32_t fits = 0, too_large = largest_side / std::max(rows, cols) + 1;  // area grows with the array
  while (fits + 1 < too_large) {
    const std::uint32_t middle = std::midpoint(fits, too_large);
    (total_gates(with_array(architecture, middle * rows, middle * cols)) <= gates ? fits : too_large) = middle;
  }
  if (fits == 0)
    fail(architecture.name,
         fmt::format("array: {} x {} PEs take {:.0f} GE with the rest of the design; wanted at most {:.0f}", rows, cols,
                     total_gates(with_array(architecture, rows, cols)), gates));
  // By way of its text, so that the design's settings are those of the new keys.
  Architecture fitted = from_canonical_text(canonical_text(with_array(architecture, fits * rows, fits * cols)));
  fitted.name = fmt::format("{} at {} x {}", architecture.name, fitted.array.rows, fitted.array.cols);
  return fitted;
}

}  // namespace luqsim
