#include "luqsim/numerics/sawb.h"

#include "results.h"

namespace luqsim::python {
namespace {

PythonSawbResult quantize(py::handle given, py::handle format, py::handle c1, py::handle c2) {
  const Format checked = code_format(format, "format");
  if (checked == Format::fp4_e3m0) wrong_value("format", "'fp4_e3m0'", "int4, uint4");
  const SawbConfig config{.format = checked, .c1 = binary64(c1, "c1"), .c2 = binary64(c2, "c2")};
  const Input<float> x = input<float>(given, "x");
  const auto [rows, cols] = matrix_shape(x.array, "x");
  SawbResult result;
  {
    const py::gil_scoped_release release;
    result = sawb_quantize(x.values, rows, cols, config);
  }
  if (result.measured.status != QuantizeStatus::ok) non_finite(result.measured.first_non_finite);
  return {result.measured.max_abs, result.moments, result.scale, codes_of(std::move(result.codes))};
}

}  // namespace

void define_sawb_functions(py::module_& module) {
  py::class_<SawbMoments>(module, "SawbMoments", R"(Moments of X_i = |x_i| 2^(17 - exponent) rounded to an integer.

All 0 when max|x| is below 2^-120.)")
      .def_readonly("count", &SawbMoments::count, "Number of elements.")
      .def_readonly("exponent", &SawbMoments::exponent, "floor(log2 max|x|).")
      .def_readonly("sum", &SawbMoments::sum, "Sum of X_i, exact.")
      .def_readonly("sum_of_squares", &SawbMoments::sum_of_squares, "Sum of X_i^2, exact.")
      .def("__repr__", [](const SawbMoments& m) {
        return py::str("SawbMoments(count={}, exponent={}, sum={}, sum_of_squares={})")
            .format(m.count, m.exponent, m.sum, m.sum_of_squares);
      });

  py::class_<PythonSawbResult> result(module, "SawbResult", "What sawb_quantize returns; an operand of gemm.");
  result.def_readonly("measured_max_abs", &PythonSawbResult::measured_max_abs, "The exact maximum of |x|.")
      .def_readonly("moments", &PythonSawbResult::moments, "Exact moments of |x|.")
      .def_readonly("scale", &PythonSawbResult::scale,
                    "A code stands for its value * scale. 0 when max|x| is below 2^-120.")
      .def("__repr__", [](const PythonSawbResult& r) {
        return py::str("SawbResult({} x {} {}, scale={!r})")
            .format(r.codes.rows, r.codes.cols, std::string(name_of(r.codes.format)), r.scale);
      });
  define_codes(result, [](const PythonSawbResult& r) -> const Codes& { return r.codes; });

  module.def("sawb_quantize", &quantize, py::arg("x"), py::kw_only(), py::arg("format") = "int4",
             py::arg("c1") = 12.035, py::arg("c2") = 12.03,
             R"(sawb_quantize(x, *, format='int4', c1=12.035, c2=12.03) -> SawbResult

Statistics-aware weight binning of float32 x [rows, cols], or [cols] for one row, round to nearest.

format: 'int4' (levels -7..7) or 'uint4' (0..15, negative inputs become 0). c1, c2: clip = c1 rms - c2 mean|x|; the pair
was fitted for 15 levels, (12.68, 12.80) for 16. At most 2^27 elements (ValueError).

NonFiniteError for a NaN or an infinity in x.)");
}

}  // namespace luqsim::python
