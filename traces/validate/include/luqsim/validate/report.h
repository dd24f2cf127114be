// What validation finds: plain data, one report a record.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace luqsim {

// An element of a tensor that differs.
struct Mismatch {
  std::uint64_t row = 0, col = 0;
  std::uint32_t expected = 0, actual = 0;  // codes, or the bits of a float
  std::optional<float> input;              // of a quantizer
  std::optional<std::uint16_t> random;     // the element's 16-bit lane
};

enum class Checked : std::uint8_t { scale, codes, output };

struct Check {
  Checked what = Checked::codes;
  std::string tensor;  // its name in the trace; of a scale, that of the codes that it belongs to
  std::uint64_t elements = 0, mismatches = 0;
  std::vector<Mismatch> some;  // the first of them, at most 1024, in row-major order
  std::string
      problem;  // why nothing could be compared: a source with NaN or infinity, for example; counts as one mismatch
};

// Notes a mismatch in `check`.
void note(Check& check, const Mismatch& mismatch);

struct RecordReport {
  std::string id;
  std::vector<Check> checks;                   // of tensors that no record before it checked
  std::vector<std::string> shared, unchecked;  // tensors checked before; tensors whose source the trace does not have
  std::uint64_t mismatches() const;
  std::uint64_t elements() const;
};

}  // namespace luqsim
