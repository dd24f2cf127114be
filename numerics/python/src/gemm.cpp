#include "luqsim/numerics/gemm.h"

#include "codes.h"

namespace luqsim::python {
namespace {

struct Operand {
  Codes codes;
  bool transposed;

  std::size_t rows() const { return transposed ? codes.cols : codes.rows; }
  std::size_t cols() const { return transposed ? codes.rows : codes.cols; }
  Int8Matrix matrix(const std::vector<std::int8_t>& values) const {
    return {values.data(), rows(), cols(), codes.cols, transposed};
  }
};

py::array multiply(py::handle a_given, py::handle b_given, bool transpose_a, bool transpose_b,
                   const py::object& scale_given) {
  const Operand a{operand(a_given, "a"), transpose_a}, b{operand(b_given, "b"), transpose_b};
  if (a.cols() != b.rows())
    wrong_value("b", std::to_string(b.rows()) + " x " + std::to_string(b.cols()),
                std::to_string(a.cols()) + " rows, as a has columns (both after transposing)");
  if (a.cols() >= max_exact_k)
    wrong_value("a", std::to_string(a.cols()) + " columns", "fewer than 2^21, or sums are not exact");
  // 64 x 64 is more than the 960 that max_exact_k was made for.
  if (a.codes.format == Format::fp4_e3m0 && b.codes.format == Format::fp4_e3m0)
    wrong_value("b", "fp4_e3m0", "an integer format, because a is fp4_e3m0");
  const bool scaled = !scale_given.is_none();
  const float scale = scaled ? binary32(scale_given, "scale") : 0;
  py::array_t<std::int32_t> sums(shape_of(a.rows(), b.cols()));
  py::array_t<float> out(scaled ? shape_of(a.rows(), b.cols()) : Shape{0});
  const std::span<std::int32_t> c(sums.mutable_data(), static_cast<std::size_t>(sums.size()));
  const std::span<float> x(out.mutable_data(), static_cast<std::size_t>(out.size()));
  if (!c.empty()) {
    const py::gil_scoped_release release;
    const auto values_a = decode_values(a.codes.view()), values_b = decode_values(b.codes.view());
    gemm_s8s8s32(a.matrix(values_a), b.matrix(values_b), c);
    if (scaled) luqsim::scale_output(c, scale, x);
  }
  return scaled ? py::array(out) : py::array(sums);
}

float factor(py::handle scale_a, py::handle scale_b, py::handle samples) {
  return output_scale(
      binary32(scale_a, "scale_a"), binary32(scale_b, "scale_b"),
      static_cast<std::uint32_t>(whole(samples, "samples", 1, std::numeric_limits<std::uint32_t>::max())));
}

template <class Sum>
py::array_t<float> scaled(const Input<Sum>& sums, float scale) {
  py::array_t<float> out(sums.shape());
  const std::span<float> x(out.mutable_data(), sums.values.size());
  {
    const py::gil_scoped_release release;
    luqsim::scale_output(sums.values, scale, x);
  }
  return out;
}

py::array_t<float> scale_sums(py::handle given, py::handle scale_given) {
  const float scale = binary32(scale_given, "scale");
  const py::array array = array_of(given, "sums");
  if (py::isinstance<py::array_t<std::int64_t>>(array)) return scaled(input<std::int64_t>(array, "sums"), scale);
  if (py::isinstance<py::array_t<std::int32_t>>(array)) return scaled(input<std::int32_t>(array, "sums"), scale);
  throw py::type_error("sums: dtype " + std::string(py::str(array.dtype())) + "; wanted int32 or int64");
}

}  // namespace

void define_gemm_functions(py::module_& module) {
  module.def("gemm", &multiply, py::arg("a"), py::arg("b"), py::kw_only(), py::arg("transpose_a") = false,
             py::arg("transpose_b") = false, py::arg("scale") = py::none(),
             R"(gemm(a, b, *, transpose_a=False, transpose_b=False, scale=None) -> numpy.ndarray

The exact product of packed codes [M, K] and [K, N] (after transposing): int32 sums [M, N], or with a scale float32
RN(RN(float(sum)) * scale). a, b: CodeTensor, LuqResult or SawbResult, at most one of them fp4_e3m0; K < 2^21.
scale: see output_scale.)");
  module.def("output_scale", &factor, py::arg("scale_a"), py::arg("scale_b"), py::arg("samples") = 1,
             R"(output_scale(scale_a, scale_b, samples=1) -> float

The factor of a product's sums: RN(scale_a * scale_b), divided (rounded) by the number of samples whose sums are added.)");
  module.def("scale_output", &scale_sums, py::arg("sums"), py::arg("scale"),
             R"(scale_output(sums, scale) -> numpy.ndarray

RN(RN(float(sum)) * scale), float32 of the same shape. sums: int32, or int64 for sums over samples.)");
}

}  // namespace luqsim::python
