#include "luqsim/numerics/luq.h"

#include "results.h"

namespace luqsim::python {
namespace {

float maximum(py::handle given) {
  const Input<float> x = input<float>(given, "x");
  MaxAbs measured;
  {
    const py::gil_scoped_release release;
    measured = max_abs(x.values);
  }
  if (measured.status != QuantizeStatus::ok) non_finite(measured.first_non_finite);
  return measured.max_abs;
}

float hindsight(py::handle measured, py::handle estimate, py::handle eta) {
  const float m = magnitude(measured, "measured"), e = magnitude(estimate, "estimate"), factor = binary32(eta, "eta");
  if (!(factor >= 0 && factor <= 1)) wrong_value("eta", py::str(eta), "0 to 1");
  return hindsight_max_abs(m, e, factor);
}

LuqScale make_scale(py::handle alpha, py::handle inverse) {
  return {magnitude(alpha, "alpha"), magnitude(inverse, "inverse")};
}

LuqScale scale(py::handle max_abs, py::handle rounding, py::handle alpha, py::handle top_exponent) {
  return luq_scale(magnitude(max_abs, "max_abs"), luq_config(rounding, alpha, top_exponent, py::int_(16), py::int_(1)));
}

py::array_t<std::int8_t> levels(py::handle given, py::handle scale_given, py::handle first_given,
                                const py::object& random_given, py::handle rounding, py::handle alpha,
                                py::handle top_exponent, py::handle random_bits, py::handle reuse, py::handle seed,
                                py::handle tensor, py::handle step, py::handle sample) {
  const LuqConfig config = luq_config(rounding, alpha, top_exponent, random_bits, reuse);
  const RandomStream stream = random_stream(seed, tensor, step, sample);
  const Input<float> x = input<float>(given, "x");
  if (!py::isinstance<LuqScale>(scale_given)) wrong_type("scale", scale_given, "a LuqScale");
  const auto scale = scale_given.cast<LuqScale>();
  const std::uint64_t first = whole(first_given, "first", 0, std::uint64_t{1} << 62);
  Input<std::uint16_t> random;
  if (!random_given.is_none()) {
    random = input<std::uint16_t>(random_given, "random");
    if (random.values.size() != x.values.size())
      wrong_value("random", std::to_string(random.values.size()) + " numbers",
                  std::to_string(x.values.size()) + ", one for each element of x");
  }
  std::vector<std::int8_t> out(x.values.size());
  MaxAbs measured;
  {
    const py::gil_scoped_release release;
    measured = max_abs(x.values);
    if (measured.status == QuantizeStatus::ok) {
      if (random_given.is_none())
        luq_levels(x.values, first, scale, config, stream, out);
      else
        luq_levels(x.values, random.values, scale, config, out);
    }
  }
  if (measured.status != QuantizeStatus::ok) non_finite(measured.first_non_finite);
  return output(std::move(out), x.shape());
}

PythonLuqResult quantize(py::handle given, py::handle rounding, py::handle alpha, py::handle top_exponent,
                         py::handle random_bits, py::handle reuse, py::handle seed, py::handle tensor, py::handle step,
                         py::handle sample, const py::object& estimate_given) {
  const LuqConfig config = luq_config(rounding, alpha, top_exponent, random_bits, reuse);
  const RandomStream stream = random_stream(seed, tensor, step, sample);
  const Input<float> x = input<float>(given, "x");
  const auto [rows, cols] = matrix_shape(x.array, "x");
  std::optional<float> estimate;
  if (!estimate_given.is_none()) estimate = magnitude(estimate_given, "estimate");
  LuqResult result;
  {
    const py::gil_scoped_release release;
    result = luq_quantize(x.values, rows, cols, config, stream, estimate);
  }
  if (result.measured.status != QuantizeStatus::ok) non_finite(result.measured.first_non_finite);
  return {result.measured.max_abs, result.estimate, result.scale, codes_of(std::move(result.codes))};
}

void define_classes(py::module_& module) {
  py::class_<LuqScale>(module, "LuqScale", R"(LuqScale(alpha, inverse)

alpha: value of one unit, 0 when M < 2^-120 (then all codes are 0). inverse: r = RN(|x| * inverse).)")
      .def(py::init(&make_scale), py::arg("alpha"), py::arg("inverse"))
      .def_readonly("alpha", &LuqScale::alpha, "Value of one unit.")
      .def_readonly("inverse", &LuqScale::inverse, "Factor in r = RN(|x| * inverse).")
      .def("__eq__", [](const LuqScale& a, const LuqScale& b) { return a.alpha == b.alpha && a.inverse == b.inverse; })
      .def("__repr__",
           [](const LuqScale& s) { return py::str("LuqScale(alpha={!r}, inverse={!r})").format(s.alpha, s.inverse); });

  py::class_<PythonLuqResult> result(module, "LuqResult", "What luq_quantize returns; an operand of gemm.");
  result.def_readonly("measured_max_abs", &PythonLuqResult::measured_max_abs, "The exact maximum of |x|.")
      .def_readonly("estimate", &PythonLuqResult::estimate, "M used: measured_max_abs, or the estimate given.")
      .def_property_readonly(
          "scale", [](const PythonLuqResult& r) { return r.scale.alpha; },
          "alpha: a code stands for its value * scale. 0 when M < 2^-120.")
      .def_property_readonly(
          "inverse", [](const PythonLuqResult& r) { return r.scale.inverse; }, "Factor in r = RN(|x| * inverse).")
      .def("__repr__", [](const PythonLuqResult& r) {
        return py::str("LuqResult({} x {} {}, scale={!r})")
            .format(r.codes.rows, r.codes.cols, std::string(name_of(r.codes.format)), r.scale.alpha);
      });
  define_codes(result, [](const PythonLuqResult& r) -> const Codes& { return r.codes; });
}

}  // namespace

void define_luq_functions(py::module_& module) {
  define_classes(module);
  module.def("max_abs", &maximum, py::arg("x"), R"(max_abs(x) -> float

The exact maximum of |x|, 0 for no elements. x: float32, any shape. NonFiniteError for a NaN or an infinity.)");
  module.def("hindsight_max_abs", &hindsight, py::arg("measured"), py::arg("estimate"), py::arg("eta"),
             R"(hindsight_max_abs(measured, estimate, eta) -> float

Estimate of the next maximum: RN(RN((1 - eta) * measured) + RN(eta * estimate)) in float32; 0 <= eta <= 1.)");
  module.def("luq_scale", &scale, py::arg("max_abs"), py::kw_only(), py::arg("rounding") = "luq",
             py::arg("alpha") = "max", py::arg("top_exponent") = 6,
             R"(luq_scale(max_abs, *, rounding='luq', alpha='max', top_exponent=6) -> LuqScale

The scale of maximum M = max_abs, finite and >= 0.)");
  module.def(
      "luq_levels", &levels, py::arg("x"), py::arg("scale"), py::kw_only(), py::arg("first") = 0,
      py::arg("random") = py::none(), py::arg("rounding") = "luq", py::arg("alpha") = "max",
      py::arg("top_exponent") = 6, py::arg("random_bits") = 16, py::arg("reuse") = 1, py::arg("seed") = 0,
      py::arg("tensor") = 0, py::arg("step") = 0, py::arg("sample") = 0,
      R"(luq_levels(x, scale, *, first=0, random=None, rounding='luq', alpha='max', top_exponent=6, random_bits=16, reuse=1, seed=0, tensor=0, step=0, sample=0) -> numpy.ndarray

Levels of float32 x (any shape), int8 of the same shape: the signed exponent code (0: zero; magnitude
2^(|level| - 1) units of scale.alpha), for int4_sr the integer -7..7.

scale: of luq_scale. first: row-major index of x's first element in its tensor. random: uint16, one number for each
element, used instead of Philox. top_exponent 7 is allowed here: it has levels, but no 4-bit code. The others as in
luq_quantize. NonFiniteError for a NaN or an infinity.)");
  module.def(
      "luq_quantize", &quantize, py::arg("x"), py::kw_only(), py::arg("rounding") = "luq", py::arg("alpha") = "max",
      py::arg("top_exponent") = 6, py::arg("random_bits") = 16, py::arg("reuse") = 1, py::arg("seed") = 0,
      py::arg("tensor") = 0, py::arg("step") = 0, py::arg("sample") = 0, py::arg("estimate") = py::none(),
      R"(luq_quantize(x, *, rounding='luq', alpha='max', top_exponent=6, random_bits=16, reuse=1, seed=0, tensor=0, step=0, sample=0, estimate=None) -> LuqResult

Logarithmic unbiased quantization of float32 x [rows, cols], or [cols] for one row, to 4-bit codes.

rounding: 'luq'; 'rdnp' nearest power of two, zero below range; 'rdnp+su' with stochastic underflow; 'sr' without it;
  'int4_sr' uniform levels, int4 codes.
alpha: 'max' (M * 2^-top_exponent) or 'pow2' (a power of two).
top_exponent: 6 or 4. random_bits: 1 to 16. reuse: R >= 1, steps R s .. R s + R - 1 share random numbers.
seed (< 2^64), tensor (< 2^32), step (< 2^24), sample (< 2^8): name the random numbers, one for each element.
estimate: M by hindsight, finite and >= 0 (rounded to float32); larger magnitudes clip to the top level.

NonFiniteError for a NaN or an infinity in x.)");
}

}  // namespace luqsim::python
