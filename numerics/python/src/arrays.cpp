#include "arrays.h"

namespace luqsim::python {
namespace {

constexpr int dlpack_cpu = 1, dlpack_pinned = 3;

py::array from_dlpack(py::handle x, const char* name) {
  const int device = py::cast<py::tuple>(x.attr("__dlpack_device__")())[0].attr("__index__")().cast<int>();
  if (device != dlpack_cpu && device != dlpack_pinned)
    wrong_type(name, x, "memory of the CPU, not of DLPack device type " + std::to_string(device));
  try {
    return py::module_::import("numpy").attr("from_dlpack")(x);
  } catch (py::error_already_set& error) {
    const std::string message = std::string(name) + ": its __dlpack__ gave no array; wanted float32 or what the " +
                                "function's text says, without a gradient (x.detach())";
    py::raise_from(error, PyExc_TypeError, message.c_str());
    throw py::error_already_set();
  }
}

}  // namespace

py::array array_of(py::handle x, const char* name) {
  if (py::isinstance<py::array>(x)) return py::reinterpret_borrow<py::array>(x);
  if (py::hasattr(x, "__dlpack__") && py::hasattr(x, "__dlpack_device__")) return from_dlpack(x, name);
  if (py::hasattr(x, "__array_interface__") || PyObject_CheckBuffer(x.ptr()) != 0)
    return py::module_::import("numpy").attr("asarray")(x);
  wrong_type(name, x,
             "a NumPy array, or memory of the CPU with __dlpack__, __array_interface__ or the buffer protocol");
}

void require_plain(const py::array& array, bool same_dtype, const char* dtype, const char* name) {
  if (!same_dtype)
    throw py::type_error(std::string(name) + ": dtype " + std::string(py::str(array.dtype())) + "; wanted " + dtype);
  constexpr int aligned = py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  if ((array.flags() & py::array::c_style) == 0 || (array.flags() & aligned) == 0)
    wrong_value(name, "not contiguous", "a C-contiguous, aligned array (numpy.ascontiguousarray copies)");
}

MatrixShape matrix_shape(const py::array& array, const char* name) {
  if (array.ndim() == 2) return {static_cast<std::size_t>(array.shape(0)), static_cast<std::size_t>(array.shape(1))};
  if (array.ndim() == 1) return {1, static_cast<std::size_t>(array.shape(0))};
  wrong_value(name, std::to_string(array.ndim()) + " dimensions", "2, or 1 for a single row");
}

}  // namespace luqsim::python
