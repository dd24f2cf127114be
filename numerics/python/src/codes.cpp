#include "codes.h"

#include <algorithm>

#include "results.h"

namespace luqsim::python {
namespace {

constexpr const char* codes_wanted = "a CodeTensor, LuqResult or SawbResult";

Codes make_codes(py::handle given, py::handle cols_given, py::handle format) {
  const Input<std::uint8_t> bytes = input<std::uint8_t>(given, "codes");
  if (bytes.array.ndim() != 2)
    wrong_value("codes", std::to_string(bytes.array.ndim()) + " dimensions", "2: [rows, (cols + 1) // 2]");
  const auto rows = static_cast<std::size_t>(bytes.array.shape(0)),
             width = static_cast<std::size_t>(bytes.array.shape(1));
  const std::size_t cols = whole(cols_given, "cols", 0, std::size_t{1} << 62);
  if (packed_row_bytes(cols) != width)
    wrong_value("cols", std::to_string(cols),
                std::to_string(2 * width) + " or one less: codes has " + std::to_string(width) + " bytes a row");
  return {bytes.array, code_format(format, "format"), rows, cols};
}

// Levels have no other code. Needs no GIL.
void check_levels(Format format, std::span<const std::int8_t> levels) {
  const int low = format == Format::int4 ? -8 : format == Format::uint4 ? 0 : -7;
  const int high = format == Format::uint4 ? 15 : 7;
  const auto bad = std::ranges::find_if(levels, [&](int level) { return level < low || level > high; });
  if (bad != levels.end())
    wrong_value("levels", std::to_string(*bad) + " at element " + std::to_string(bad - levels.begin()),
                std::to_string(low) + " to " + std::to_string(high) + " for " + std::string(name_of(format)));
}

Codes pack(py::handle given, py::handle format_given) {
  const Format format = code_format(format_given, "format");
  const Input<std::int8_t> levels = input<std::int8_t>(given, "levels");
  const auto [rows, cols] = matrix_shape(levels.array, "levels");
  CodeTensor tensor;
  {
    const py::gil_scoped_release release;
    check_levels(format, levels.values);
    tensor = pack_levels(format, rows, cols, levels.values);
  }
  return codes_of(std::move(tensor));
}

py::array_t<std::int8_t> decode(py::handle given) {
  const Codes codes = operand(given, "codes");
  std::vector<std::int8_t> values;
  {
    const py::gil_scoped_release release;
    values = decode_values(codes.view());
  }
  return output(std::move(values), shape_of(codes.rows, codes.cols));
}

float scale_of(py::handle codes, const py::object& given) {
  if (!given.is_none()) return binary32(given, "scale");
  if (py::isinstance<PythonLuqResult>(codes)) return codes.cast<const PythonLuqResult&>().scale.alpha;
  if (py::isinstance<PythonSawbResult>(codes)) return codes.cast<const PythonSawbResult&>().scale;
  throw py::value_error("scale: None; wanted a number, because a CodeTensor has no scale");
}

py::array_t<float> dequantized(py::handle given, const py::object& scale_given) {
  const Codes codes = operand(given, "codes");
  const float scale = scale_of(given, scale_given);
  py::array_t<float> x(shape_of(codes.rows, codes.cols));
  const std::span<float> out(x.mutable_data(), static_cast<std::size_t>(x.size()));
  {
    const py::gil_scoped_release release;
    dequantize(codes.view(), scale, out);
  }
  return x;
}

}  // namespace

Codes codes_of(CodeTensor&& tensor) {
  const std::size_t rows = tensor.rows, cols = tensor.cols;
  return {output(std::move(tensor.bytes), shape_of(rows, packed_row_bytes(cols))), tensor.format, rows, cols};
}

Codes operand(py::handle value, const char* name) {
  if (py::isinstance<Codes>(value)) return value.cast<const Codes&>();
  if (py::isinstance<PythonLuqResult>(value)) return value.cast<const PythonLuqResult&>().codes;
  if (py::isinstance<PythonSawbResult>(value)) return value.cast<const PythonSawbResult&>().codes;
  wrong_type(name, value, codes_wanted);
}

void define_codes_functions(py::module_& module) {
  py::class_<Codes> tensor(module, "CodeTensor", R"(CodeTensor(codes, cols, format)

A row-major rows x cols matrix of packed 4-bit codes.

codes: uint8 [rows, (cols + 1) // 2], two codes a byte, even column in the low nibble; not copied.
format: 'int4' (two's complement), 'uint4' or 'fp4_e3m0' (bit 3 the sign, bits 2..0 e: 0, or +-2^(e-1)).)");
  tensor.def(py::init(&make_codes), py::arg("codes"), py::arg("cols"), py::arg("format"))
      .def("__repr__", [](const Codes& c) {
        return "CodeTensor(" + std::to_string(c.rows) + " x " + std::to_string(c.cols) + " " +
               std::string(name_of(c.format)) + ")";
      });
  define_codes(tensor, [](const Codes& c) -> const Codes& { return c; });

  module.def("pack_levels", &pack, py::arg("levels"), py::arg("format"),
             R"(pack_levels(levels, format) -> CodeTensor

Packs int8 levels [rows, cols], or [cols] for one row: int4 -8..7 and uint4 0..15 are the integer itself, fp4_e3m0 -7..7
the signed exponent code. ValueError for any other level.)");
  module.def("decode_values", &decode, py::arg("codes"),
             R"(decode_values(codes) -> numpy.ndarray

The integer values of all codes, int8 [rows, cols]: int4 -8..7, uint4 0..15, fp4_e3m0 0 or +-2^(e-1).
codes: CodeTensor, LuqResult or SawbResult.)");
  module.def("dequantize", &dequantized, py::arg("codes"), py::arg("scale") = py::none(),
             R"(dequantize(codes, scale=None) -> numpy.ndarray

RN(value * scale), float32 [rows, cols]. codes: CodeTensor, LuqResult or SawbResult; scale: that of the result unless
given.)");
}

}  // namespace luqsim::python
