#include "arguments.h"

#include <cmath>

namespace luqsim::python {
namespace {

std::string type_name(py::handle value) { return py::str(py::type::handle_of(value).attr("__name__")); }

double number(py::handle value, const char* name) {
  const double converted = PyFloat_AsDouble(value.ptr());
  if (converted == -1.0 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    wrong_type(name, value, "a number");
  }
  return converted;
}

PyObject* non_finite_error = nullptr;

}  // namespace

void wrong_value(const std::string& name, const std::string& value, const std::string& wanted) {
  throw py::value_error(name + ": " + value + "; wanted " + wanted);
}

void wrong_type(const std::string& name, py::handle value, const std::string& wanted) {
  throw py::type_error(name + ": " + type_name(value) + "; wanted " + wanted);
}

std::uint64_t whole(py::handle value, const char* name, std::uint64_t low, std::uint64_t high) {
  const auto integer = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!integer) {
    PyErr_Clear();
    wrong_type(name, value, "an integer");
  }
  const std::uint64_t converted = PyLong_AsUnsignedLongLong(integer.ptr());
  const bool overflow = PyErr_Occurred() != nullptr;
  PyErr_Clear();
  if (overflow || converted < low || converted > high)
    wrong_value(name, py::str(integer), std::to_string(low) + " to " + std::to_string(high));
  return converted;
}

float binary32(py::handle value, const char* name) {
  const auto rounded = static_cast<float>(number(value, name));
  if (!std::isfinite(rounded)) wrong_value(name, py::str(value), "a number that is finite in float32");
  return rounded;
}

float magnitude(py::handle value, const char* name) {
  const float rounded = binary32(value, name);
  if (rounded < 0) wrong_value(name, py::str(value), "at least 0");
  return rounded;
}

double binary64(py::handle value, const char* name) {
  const double converted = number(value, name);
  if (!std::isfinite(converted)) wrong_value(name, py::str(value), "a finite number");
  return converted;
}

std::string text(py::handle value, const char* name) {
  if (!py::isinstance<py::str>(value)) wrong_type(name, value, "a string");
  return value.cast<std::string>();
}

Format code_format(py::handle value, const char* name) {
  const std::string given = text(value, name);
  const auto found = from_name<Format>(given);
  if (!found || (*found != Format::int4 && *found != Format::uint4 && *found != Format::fp4_e3m0))
    wrong_value(name, "'" + given + "'", "int4, uint4, fp4_e3m0");
  return *found;
}

void non_finite(std::uint64_t index) {
  const py::object error = py::reinterpret_borrow<py::object>(non_finite_error)(
      "x: element " + std::to_string(index) + " is a NaN or an infinity; wanted finite");
  error.attr("index") = index;
  PyErr_SetObject(non_finite_error, error.ptr());
  throw py::error_already_set();
}

void define_non_finite_error(py::module_& module) {
  // Lives as long as the process: errors may be thrown while modules go away.
  non_finite_error = PyErr_NewExceptionWithDoc(
      "luqsim.NonFiniteError",
      "x holds a NaN or an infinity, so there are no codes.\n\n`index`: row-major index of the first.",
      PyExc_ValueError, nullptr);
  if (non_finite_error == nullptr) throw py::error_already_set();
  module.add_object("NonFiniteError", non_finite_error);
}

LuqConfig luq_config(py::handle rounding, py::handle alpha, py::handle top_exponent, py::handle random_bits,
                     py::handle reuse) {
  constexpr std::uint64_t most_int = std::numeric_limits<int>::max();
  const LuqConfig config{
      .rounding = word<Rounding>(rounding, "rounding"),
      .alpha = word<Alpha>(alpha, "alpha"),
      .top_exponent = static_cast<int>(whole(top_exponent, "top_exponent", 0, most_int)),
      .random_bits = static_cast<int>(whole(random_bits, "random_bits", 0, most_int)),
      .reuse = static_cast<std::uint32_t>(whole(reuse, "reuse", 0, std::numeric_limits<std::uint32_t>::max())),
  };
  validate(config);
  return config;
}

RandomStream random_stream(py::handle seed, py::handle tensor, py::handle step, py::handle sample) {
  constexpr std::uint64_t most_tensor = std::numeric_limits<std::uint32_t>::max();
  return {.seed = whole(seed, "seed"),
          .tensor = static_cast<std::uint32_t>(whole(tensor, "tensor", 0, most_tensor)),
          .step = static_cast<std::uint32_t>(whole(step, "step", 0, (1U << 24) - 1)),
          .sample = static_cast<std::uint32_t>(whole(sample, "sample", 0, (1U << 8) - 1))};
}

}  // namespace luqsim::python
