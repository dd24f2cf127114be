// Packed codes as Python sees them.
#pragma once
#include "luqsim/numerics/tensor.h"

#include "arrays.h"

namespace luqsim::python {

struct Codes {
  py::array_t<std::uint8_t> array;  // [rows, (cols + 1) / 2]
  Format format;
  std::size_t rows, cols;

  CodeView view() const { return {format, rows, cols, {array.data(), static_cast<std::size_t>(array.size())}}; }
};

Codes codes_of(CodeTensor&& tensor);

// The codes of a CodeTensor, LuqResult or SawbResult.
Codes operand(py::handle value, const char* name);

// The properties that all three share.
template <class Class, class Get>
void define_codes(Class& result, Get get) {
  using Type = typename Class::type;
  result
      .def_property_readonly(
          "codes", [get](const Type& r) { return get(r).array; },
          "uint8 [rows, (cols + 1) // 2]: two codes a byte, even column in the low nibble.")
      .def_property_readonly(
          "format", [get](const Type& r) { return std::string(name_of(get(r).format)); },
          "'int4', 'uint4', 'fp4_e3m0'.")
      .def_property_readonly(
          "shape", [get](const Type& r) { return py::make_tuple(get(r).rows, get(r).cols); },
          "(rows, cols), unpacked.");
}

void define_codes_functions(py::module_& module);
void define_gemm_functions(py::module_& module);
void define_luq_functions(py::module_& module);
void define_random_functions(py::module_& module);
void define_sawb_functions(py::module_& module);

}  // namespace luqsim::python
