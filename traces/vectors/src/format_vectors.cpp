#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "luqsim/vectors/vectors.h"

#include "stimuli.h"
#include "vector_file.h"

namespace luqsim {
namespace {

namespace json = boost::json;

constexpr float infinity = std::numeric_limits<float>::infinity();

const char* name_of_specials(Specials specials) {
  return specials == Specials::none ? "none" : specials == Specials::ieee ? "ieee" : "nan_only";
}

// What encode() refuses is no input: NaN where the format has none, zero and negative numbers of e8m0.
bool can_encode(const FormatInfo& f, float input) {
  if (std::isnan(input)) return f.specials != Specials::none;
  return f.format != Format::e8m0 || input > 0;
}

std::vector<float> inputs_of(const FormatInfo& f, const std::vector<float>& values, std::uint32_t cases,
                             Source& source) {
  std::vector<float> sorted;
  for (const float v : values)
    if (std::isfinite(v)) sorted.push_back(v);
  std::ranges::sort(sorted);
  std::vector<float> inputs;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    add_with_neighbours(sorted[i], inputs);
    if (i > 0) add_with_neighbours(sorted[i - 1] / 2 + sorted[i] / 2, inputs);
  }
  // Half a step above the largest value is where infinity begins, or the last tie before saturation.
  const float top = sorted.back(), step = top - sorted[sorted.size() - 2];
  for (const float beyond : {top + step / 2, top + step, 2 * top, std::numeric_limits<float>::max()})
    for (const float sign : {1.0F, -1.0F}) add_with_neighbours(sign * beyond, inputs);
  for (const float v :
       {-0.0F, 0.0F, infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), 0x1p-149F, -0x1p-149F})
    inputs.push_back(v);
  for (std::uint32_t i = 0; i < cases; ++i)
    inputs.push_back(source.one_in(2) ? source.finite() : source.uniform() * top);
  std::erase_if(inputs, [&](float v) { return !can_encode(f, v); });
  return inputs;
}

// Codes in as many bytes as they need.
void add_codes(VectorFile& file, const FormatInfo& f, const std::string& name,
               const std::vector<std::uint16_t>& codes) {
  if (f.bits > 8)
    file.add(name, codes, {codes.size()});
  else
    file.add(name, std::vector<std::uint8_t>(codes.begin(), codes.end()), {codes.size()});
}

void add_format(VectorFile& file, const FormatInfo& f, std::uint32_t cases, Source& source) {
  json::object& parameters = file.begin(std::string(name_of(f.format)), "every code, and inputs to encode");
  parameters["bits"] = f.bits;
  parameters["signed"] = f.is_signed;
  parameters["exponent_bits"] = f.exponent_bits;
  parameters["mantissa_bits"] = f.mantissa_bits;
  parameters["bias"] = f.bias;
  parameters["specials"] = name_of_specials(f.specials);
  parameters["overflows_to_infinity"] = f.overflows_to_infinity;

  std::vector<std::uint16_t> codes, encoded;
  std::vector<float> values;
  for (std::uint32_t code = 0; code < 1U << f.bits; ++code) {
    codes.push_back(static_cast<std::uint16_t>(code));
    values.push_back(static_cast<float>(decode(f.format, code)));
  }
  const std::vector<float> inputs = inputs_of(f, values, cases, source);
  for (const float v : inputs) encoded.push_back(static_cast<std::uint16_t>(encode(f.format, v)));
  add_codes(file, f, "codes", codes);
  file.add("values", values, {values.size()});
  file.add("inputs", inputs, {inputs.size()});
  add_codes(file, f, "encoded", encoded);
}

}  // namespace

std::size_t write_format_vectors(const VectorOptions& options, std::span<const Format> formats) {
  for (const Format format : formats)
    if (format == Format::fp32)
      throw std::invalid_argument("format: fp32; wanted a format of at most 16 bits, whose codes can be listed");
  VectorFile file(options.output, "format", options.seed);
  Source source(options.seed);
  for (const Format format : formats) add_format(file, format_info(format), options.cases, source);
  return file.commit();
}

}  // namespace luqsim
