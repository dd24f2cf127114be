#include "stimuli.h"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace luqsim {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
constexpr float largest = std::numeric_limits<float>::max();

// Values of both signs without a pattern, |x| <= 1.5.
std::vector<float> mixed(std::size_t count) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) * 0.03F;
  return x;
}

Stimulus mixed_tensor(std::string title, std::uint64_t rows, std::uint64_t cols) {
  return {std::move(title), rows, cols, mixed(rows * cols)};
}

Stimulus with(Stimulus tensor, std::size_t index, float value) {
  tensor.x[index] = value;
  return tensor;
}

}  // namespace

float Source::uniform() {
  return static_cast<float>(static_cast<std::int32_t>(below(1U << 24)) - (1 << 23)) * 0x1p-23F;
}

float Source::bell() {
  float sum = 0;
  for (int i = 0; i < 12; ++i) sum += uniform();
  return sum * 0.5F;
}

float Source::finite() {
  const auto random = static_cast<std::uint32_t>(bits());
  const auto field = static_cast<std::uint32_t>(below(255));
  return std::bit_cast<float>((random & 0x807FFFFFU) | (field << 23));
}

Stimulus row_of(std::string title, std::vector<float> x) {
  const std::uint64_t cols = x.size();
  return {std::move(title), 1, cols, std::move(x)};
}

void add_with_neighbours(float value, std::vector<float>& out) {
  out.push_back(value);
  out.push_back(std::nextafter(value, -infinity));
  out.push_back(std::nextafter(value, infinity));
}

std::vector<Stimulus> corner_tensors() {
  std::vector<Stimulus> tensors{
      {"no elements", 0, 3, {}},
      row_of("a zero", {0}),
      {"zeros of both signs", 2, 3, {0, -0.0F, 0, -0.0F, -0.0F, 0}},
      row_of("one element", {-0.7F}),
      row_of("one element, a power of two", {64}),
      row_of("one subnormal", {0x1p-149F}),
      {"a constant", 3, 5, std::vector<float>(15, 0.37F)},
      {"a constant of both signs", 2, 4, {2.5F, -2.5F, -2.5F, 2.5F, 2.5F, 2.5F, -2.5F, -2.5F}},
      row_of("subnormals only", {0x1p-149F, -0x1p-127F, 0x1.8p-130F, 0x1.fffffcp-127F, 0}),
      row_of("a maximum just below 2^-120", {0x1.fffffep-121F, -0x1p-121F, 0x1p-126F, 0x1p-149F}),
      row_of("a maximum of 2^-120", {0x1p-120F, -0x1.8p-121F, 0x1p-122F, 0x1.8p-126F, 0x1p-126F, 0x1p-149F}),
      row_of("subnormals beside ordinary numbers", {0x1p-149F, 1, -0x1p-127F, 0.5F, 0x1.fffffcp-127F}),
      row_of("the largest numbers", {largest, -largest, 0x1p127F, 0x1p126F, -0x1.8p125F, 1, 0x1p-149F}),
      row_of("all magnitudes from one to the smallest", {}),
      mixed_tensor("one column", 5, 1),
      mixed_tensor("odd width", 3, 9),
      mixed_tensor("even width", 3, 10),
      mixed_tensor("more than 4096 elements, odd width", 5, 1001),
      mixed_tensor("more than 4096 elements, even width", 7, 640),
      with(mixed_tensor("the maximum in the first element", 3, 7), 0, 40),
      with(mixed_tensor("the maximum in the last element", 3, 7), 20, -40),
      with(mixed_tensor("NaN in the first element", 3, 7), 0, nan),
      with(mixed_tensor("NaN in the last element", 3, 7), 20, nan),
      with(mixed_tensor("infinity inside", 3, 7), 11, infinity),
      with(with(mixed_tensor("NaN after negative infinity", 3, 7), 5, -infinity), 6, nan),
      with(mixed_tensor("NaN far inside", 3, 1501), 4100, nan),
  };
  for (Stimulus& t : tensors)
    if (t.title == "all magnitudes from one to the smallest")
      for (int e = 0; e <= 149; ++e) t.x.push_back(std::ldexp(e % 3 == 0 ? -1.0F : 1.0F, -e)), ++t.cols;
  return tensors;
}

Stimulus random_tensor(Source& source) {
  const std::uint64_t rows = source.between(1, 8), cols = source.between(1, 48), kind = source.below(4);
  const char* titles[] = {"random, bell-shaped", "random, sparse and bell-shaped", "random, of many magnitudes",
                          "random bits"};
  Stimulus tensor{titles[kind], rows, cols, std::vector<float>(rows * cols)};
  const float unit = std::ldexp(1.0F, static_cast<int>(source.between(0, 60)) - 50);
  for (float& v : tensor.x) {
    if (kind == 0) v = source.bell() * unit;
    if (kind == 1) v = source.one_in(3) ? source.bell() * unit : 0;
    if (kind == 2) v = source.uniform() * unit * std::ldexp(1.0F, -static_cast<int>(source.below(12)));
    if (kind == 3) v = source.finite();
  }
  return tensor;
}

}  // namespace luqsim
