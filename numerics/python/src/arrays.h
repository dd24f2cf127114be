// Arrays in and out without copies: NumPy's, and whatever offers its memory by DLPack, __array_interface__ or the
// buffer protocol.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <pybind11/numpy.h>

#include "arguments.h"

namespace luqsim::python {

using Shape = std::vector<py::ssize_t>;

// x as an array over the same memory. TypeError for what has no array, or is not in the CPU's memory.
py::array array_of(py::handle x, const char* name);

// TypeError unless `same_dtype`, ValueError unless C-contiguous and aligned.
void require_plain(const py::array& array, bool same_dtype, const char* dtype, const char* name);

// An input of T: keeps its memory alive.
template <class T>
struct Input {
  py::array array;
  std::span<const T> values;  // row-major

  Shape shape() const { return {array.shape(), array.shape() + array.ndim()}; }
};

template <class T>
Input<T> input(py::handle x, const char* name) {
  const py::array array = array_of(x, name);
  require_plain(array, py::isinstance<py::array_t<T>>(array), std::string(py::str(py::dtype::of<T>())).c_str(), name);
  return {array, {static_cast<const T*>(array.data()), static_cast<std::size_t>(array.size())}};
}

struct MatrixShape {
  std::size_t rows, cols;
};
// 2-D, or 1-D as one row; ValueError otherwise.
MatrixShape matrix_shape(const py::array& array, const char* name);

// An array that owns the vector's memory.
template <class T>
py::array_t<T> output(std::vector<T>&& values, const Shape& shape) {
  auto owner = std::make_unique<std::vector<T>>(std::move(values));
  const std::vector<T>& kept = *owner;
  const py::capsule base(owner.get(), [](void* vector) { delete static_cast<std::vector<T>*>(vector); });
  static_cast<void>(owner.release());
  return py::array_t<T>(shape, kept.data(), base);
}

inline Shape shape_of(std::size_t rows, std::size_t cols) {
  return {static_cast<py::ssize_t>(rows), static_cast<py::ssize_t>(cols)};
}

}  // namespace luqsim::python
