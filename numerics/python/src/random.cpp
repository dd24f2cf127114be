#include <array>

#include "luqsim/numerics/philox.h"

#include "codes.h"

namespace luqsim::python {
namespace {

template <std::size_t n>
std::array<std::uint32_t, n> words(const py::sequence& given, const char* name) {
  if (given.size() != n) wrong_value(name, std::to_string(given.size()) + " words", std::to_string(n) + " below 2^32");
  std::array<std::uint32_t, n> out{};
  for (std::size_t i = 0; i < n; ++i)
    out[i] =
        static_cast<std::uint32_t>(whole(py::object(given[i]), name, 0, std::numeric_limits<std::uint32_t>::max()));
  return out;
}

py::tuple philox(const py::sequence& counter, const py::sequence& key) {
  const auto block = philox4x32_10(words<4>(counter, "counter"), words<2>(key, "key"));
  return py::make_tuple(block[0], block[1], block[2], block[3]);
}

py::array_t<std::uint16_t> lanes(py::handle count_given, py::handle first_given, py::handle seed, py::handle tensor,
                                 py::handle step, py::handle sample) {
  const RandomStream stream = random_stream(seed, tensor, step, sample);
  const std::uint64_t count = whole(count_given, "count", 0, std::uint64_t{1} << 48);
  const std::uint64_t first = whole(first_given, "first", 0, std::uint64_t{1} << 62);
  if (first % 8 != 0) wrong_value("first", std::to_string(first), "a multiple of 8");
  py::array_t<std::uint16_t> out(static_cast<py::ssize_t>(count));
  const std::span<std::uint16_t> values(out.mutable_data(), count);
  {
    const py::gil_scoped_release release;
    fill_random_lanes(stream, first, values);
  }
  return out;
}

}  // namespace

void define_random_functions(py::module_& module) {
  module.def("philox4x32_10", &philox, py::arg("counter"), py::arg("key"),
             R"(philox4x32_10(counter, key) -> tuple

One block of Philox4x32-10: four words from a counter of four and a key of two, all below 2^32.)");
  module.def("random_lanes", &lanes, py::arg("count"), py::kw_only(), py::arg("first") = 0, py::arg("seed") = 0,
             py::arg("tensor") = 0, py::arg("step") = 0, py::arg("sample") = 0,
             R"(random_lanes(count, *, first=0, seed=0, tensor=0, step=0, sample=0) -> numpy.ndarray

The 16-bit random numbers of elements first .. first + count - 1 of a tensor, uint16 [count]: those that luq_quantize
takes with reuse 1. first: a multiple of 8.)");
}

}  // namespace luqsim::python
