// Checks of what a C caller passes. All throw Failure; `name` is the argument's name in luqsim.h.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "luqsim/numerics/format.h"
#include "luqsim/numerics/tensor.h"

#include "luqsim.h"

namespace luqsim::c {

[[noreturn]] void invalid(const char* name, const std::string& value, const std::string& wanted);

void require_pointer(const void* pointer, const char* name);
void require_finite(double value, const char* name);
// Finite and >= 0.
void require_magnitude(float value, const char* name);
// x[index] is a NaN or an infinity.
[[noreturn]] void non_finite(std::uint64_t index);
// `there` elements or bytes are enough: at least `wanted`.
void require_room(std::size_t there, std::size_t wanted, const char* name);

// rows * cols, when that many elements of `element_bytes` fit in memory.
std::size_t element_count(std::size_t rows, std::size_t cols, std::size_t element_bytes);
std::size_t packed_size(std::size_t rows, std::size_t cols);

// int4, uint4 or fp4_e3m0.
Format format_of(luqsim_format format);

// The view of packed codes that are long enough.
CodeView code_view(luqsim_format format, std::size_t rows, std::size_t cols, const std::uint8_t* codes,
                   std::size_t codes_size);

// `count` elements at `data`, which may be null only when there are none.
template <class T>
std::span<T> array(T* data, std::size_t count, const char* name) {
  static_cast<void>(element_count(1, count, sizeof(T)));
  if (count > 0) require_pointer(data, name);
  return {data, count};
}

}  // namespace luqsim::c
