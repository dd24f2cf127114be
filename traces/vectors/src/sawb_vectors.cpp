#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "luqsim/numerics/luq.h"
#include "luqsim/vectors/vectors.h"

#include "stimuli.h"
#include "vector_file.h"

namespace luqsim {
namespace {

namespace json = boost::json;

void add_case(VectorFile& file, const SawbConfig& config, const Stimulus& input) {
  const std::vector<std::uint64_t> shape{input.rows, input.cols};
  json::object& parameters = file.begin(input.title);
  parameters["rows"] = input.rows;
  parameters["cols"] = input.cols;
  parameters["format"] = name_of(config.format);
  parameters["c1"] = config.c1;
  parameters["c2"] = config.c2;
  file.add("x", input.x, shape);

  const SawbResult result = sawb_quantize(input.x, input.rows, input.cols, config);
  parameters["status"] = result.measured.status == QuantizeStatus::ok ? "ok" : "non_finite";
  if (result.measured.status != QuantizeStatus::ok) {
    parameters["first_non_finite"] = result.measured.first_non_finite;
    return;
  }
  std::vector<std::int8_t> levels(input.x.size());
  sawb_levels(input.x, result.scale, config.format, levels);
  file.add_scalar("max_abs", result.measured.max_abs);
  // Tensors whose maximum is below 2^-120 have no moments: their scale is 0.
  if (result.measured.max_abs >= smallest_max_abs)
    file.add("moments", std::vector<std::uint64_t>{result.moments.sum, result.moments.sum_of_squares}, {2});
  file.add_scalar("scale", result.scale);
  file.add("levels", levels, shape);
  file.add("codes", result.codes.bytes, {input.rows, packed_row_bytes(input.cols)});
}

// Three zeros for every other element bring the clip above the maximum, so that the scale is exactly 1.
Stimulus edges(const SawbConfig& config) {
  const int top = config.format == Format::int4 ? 7 : 15;
  std::vector<float> x{static_cast<float>(top)};
  for (int level = 0; level < top; ++level)
    for (const float v : {static_cast<float>(level), static_cast<float>(level) + 0.5F}) {
      add_with_neighbours(v, x);
      add_with_neighbours(-v, x);
    }
  x.push_back(std::nextafter(static_cast<float>(top), 0.0F));
  x.push_back(-static_cast<float>(top));
  x.resize(4 * x.size());
  return row_of("every level and every tie, at a scale of 1", std::move(x));
}

// A clip below the maximum: the outlier is clamped.
Stimulus outlier() {
  Stimulus tensor = row_of("outliers above the clip", {});
  for (int i = 0; i < 400; ++i) tensor.x.push_back(static_cast<float>(i % 41 - 20) * 0.05F);
  tensor.x[123] = 8;
  tensor.x[301] = -8;
  tensor.cols = tensor.x.size();
  return tensor;
}

}  // namespace

std::size_t write_sawb_vectors(const VectorOptions& options, std::span<const SawbConfig> configs) {
  for (const SawbConfig& config : configs) {
    if (config.format != Format::int4 && config.format != Format::uint4)
      throw std::invalid_argument("sawb format: " + std::string(name_of(config.format)) + "; wanted int4 or uint4");
    if (!std::isfinite(config.c1) || !std::isfinite(config.c2))
      throw std::invalid_argument("sawb c1, c2: not finite; wanted finite numbers");
  }
  VectorFile file(options.output, "sawb", options.seed);
  Source source(options.seed);
  for (const SawbConfig& config : configs) {
    for (const Stimulus& tensor : corner_tensors()) add_case(file, config, tensor);
    add_case(file, config, edges(config));
    add_case(file, config, outlier());
    for (std::uint32_t i = 0; i < options.cases; ++i) add_case(file, config, random_tensor(source));
  }
  return file.commit();
}

}  // namespace luqsim
