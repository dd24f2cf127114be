#include "arguments.h"

#include <cmath>
#include <limits>

#include "failure.h"

namespace luqsim::c {

static_assert(static_cast<int>(Format::int4) == LUQSIM_FORMAT_INT4);
static_assert(static_cast<int>(Format::uint4) == LUQSIM_FORMAT_UINT4);
static_assert(static_cast<int>(Format::fp4_e3m0) == LUQSIM_FORMAT_FP4_E3M0);

void invalid(const char* name, const std::string& value, const std::string& wanted) {
  throw Failure(LUQSIM_INVALID_ARGUMENT, std::string(name) + ": " + value + "; wanted " + wanted);
}

void require_pointer(const void* pointer, const char* name) {
  if (pointer == nullptr) invalid(name, "null", "a pointer");
}

void require_finite(double value, const char* name) {
  if (!std::isfinite(value)) invalid(name, std::to_string(value), "a finite number");
}

void require_magnitude(float value, const char* name) {
  if (!std::isfinite(value) || value < 0) invalid(name, std::to_string(value), "a finite number, at least 0");
}

void non_finite(std::uint64_t index) {
  throw Failure(LUQSIM_NON_FINITE, "x: element " + std::to_string(index) + " is a NaN or an infinity; wanted finite");
}

void require_room(std::size_t there, std::size_t wanted, const char* name) {
  if (there < wanted)
    throw Failure(LUQSIM_BUFFER_TOO_SMALL,
                  std::string(name) + ": " + std::to_string(there) + "; wanted at least " + std::to_string(wanted));
}

std::size_t element_count(std::size_t rows, std::size_t cols, std::size_t element_bytes) {
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max();
  if (cols > 0 && rows > most / element_bytes / cols)
    throw Failure(LUQSIM_INVALID_ARGUMENT, std::to_string(rows) + " x " + std::to_string(cols) + " elements of " +
                                               std::to_string(element_bytes) + " bytes do not fit in memory");
  return rows * cols;
}

std::size_t packed_size(std::size_t rows, std::size_t cols) {
  static_cast<void>(element_count(rows, cols, 1));
  // Not packed_row_bytes: with no rows, cols may be the largest number there is.
  return rows == 0 ? 0 : rows * packed_row_bytes(cols);
}

Format format_of(luqsim_format format) {
  if (format < LUQSIM_FORMAT_INT4 || format > LUQSIM_FORMAT_FP4_E3M0)
    invalid("format", std::to_string(format), "0 (int4), 1 (uint4) or 2 (fp4_e3m0)");
  return static_cast<Format>(format);
}

CodeView code_view(luqsim_format format, std::size_t rows, std::size_t cols, const std::uint8_t* codes,
                   std::size_t codes_size) {
  const Format checked = format_of(format);
  const std::size_t size = packed_size(rows, cols);
  require_room(codes_size, size, "codes_size");
  return {checked, rows, cols, array(codes, size, "codes")};
}

}  // namespace luqsim::c
