// What a Python caller passes, checked: TypeError for a wrong type, ValueError for a wrong value; `name` is the
// argument's, and the message says what was given and what was wanted.
#pragma once
#include <cstdint>
#include <limits>
#include <string>

#include <pybind11/pybind11.h>

#include "luqsim/numerics/enum_names.h"
#include "luqsim/numerics/luq.h"

namespace luqsim::python {
namespace py = pybind11;

[[noreturn]] void wrong_value(const std::string& name, const std::string& value, const std::string& wanted);
[[noreturn]] void wrong_type(const std::string& name, py::handle value, const std::string& wanted);

// low <= value <= high; anything with __index__.
std::uint64_t whole(py::handle value, const char* name, std::uint64_t low = 0,
                    std::uint64_t high = std::numeric_limits<std::uint64_t>::max());

// A number rounded to binary32, finite.
float binary32(py::handle value, const char* name);
// The same, and >= 0.
float magnitude(py::handle value, const char* name);
// A finite binary64.
double binary64(py::handle value, const char* name);

std::string text(py::handle value, const char* name);

// One of the words of an enumeration.
template <NamedEnum Enum>
Enum word(py::handle value, const char* name) {
  const std::string given = text(value, name);
  const auto found = from_name<Enum>(given);
  if (!found) wrong_value(name, "'" + given + "'", name_list<Enum>());
  return *found;
}

// int4, uint4 or fp4_e3m0.
Format code_format(py::handle value, const char* name);

// Throws luqsim.NonFiniteError.
[[noreturn]] void non_finite(std::uint64_t index);
void define_non_finite_error(py::module_& module);

LuqConfig luq_config(py::handle rounding, py::handle alpha, py::handle top_exponent, py::handle random_bits,
                     py::handle reuse);
RandomStream random_stream(py::handle seed, py::handle tensor, py::handle step, py::handle sample);

}  // namespace luqsim::python
