#include "oracle/scaled.h"

#include "oracle/stochastic.h"

namespace oracle {

ScaledUnits scaled_units(float max_abs, const std::string& format, bool power_of_two_scale) {
  if (format == "bf16") return {1, 1};
  const Rational m = exact(max_abs), max = largest_magnitude(code_book(format));
  if (m < power_of_two(-100)) return {};
  if (!power_of_two_scale) return {round_binary32(m / max), round_binary32(max / m)};
  int k = -140;
  while (m > max * power_of_two(k)) ++k;
  return {round_binary32(power_of_two(k)), round_binary32(power_of_two(-k))};
}

}  // namespace oracle
