#include "codes.h"

PYBIND11_MODULE(_core, module) {
  pybind11::options options;
  // Docstrings begin with a signature that says more than a generated one of py::object.
  options.disable_function_signatures();
  module.attr("__version__") = LUQSIM_PROJECT_VERSION;
  luqsim::python::define_non_finite_error(module);
  luqsim::python::define_codes_functions(module);
  luqsim::python::define_luq_functions(module);
  luqsim::python::define_sawb_functions(module);
  luqsim::python::define_gemm_functions(module);
  luqsim::python::define_random_functions(module);
}
