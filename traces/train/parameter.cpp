#include "parameter.h"

#include <cmath>

#include "luqsim/numerics/philox.h"

namespace luqsim::train {

Matrix random_weights(std::uint64_t rows, std::uint64_t cols, std::uint64_t fan_in, std::uint64_t seed,
                      std::uint32_t tensor) {
  Matrix weights(rows, cols);
  std::vector<std::uint16_t> lanes(weights.values.size());
  fill_random_lanes({seed, tensor + 1000, 0, 0}, 0, lanes);
  const float unit = std::sqrt(6.0F / static_cast<float>(fan_in)) / 32768.0F;
  for (std::size_t i = 0; i < lanes.size(); ++i) weights.values[i] = (static_cast<float>(lanes[i]) - 32767.5F) * unit;
  return weights;
}

}  // namespace luqsim::train
