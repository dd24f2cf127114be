// What the readers make of a file: layers, with the place that messages about them name.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace luqsim {

// Size of an output of a convolution: floor((in - kernel) / stride) + 1, or with ceil.
enum class OutputSize : std::uint8_t { floor, ceil };

struct ConvLayer {
  std::uint64_t h = 0, w = 0, c = 0;
  std::uint64_t kernel_h = 0, kernel_w = 0, filters = 0;
  std::uint64_t stride_h = 1, stride_w = 1, padding = 0;
  std::uint64_t dilation_h = 1, dilation_w = 1;
  std::uint64_t groups = 1;  // divides c and filters
  std::uint64_t images = 1;  // of one sample
  OutputSize output = OutputSize::floor;
};

// What a dilated kernel reaches over.
constexpr std::uint64_t reach(std::uint64_t kernel, std::uint64_t dilation) { return (kernel - 1) * dilation + 1; }

struct GemmLayer {
  std::uint64_t m = 0, n = 0, k = 0;  // m of one sample
  // Both operands differ from sample to sample, as in attention: a batch makes more of these GEMMs, not larger ones.
  bool per_sample = false;
};

struct Layer {
  std::string where;  // "file:3:5"
  std::string name;
  std::variant<ConvLayer, GemmLayer> shape;
  std::uint64_t repeat = 1;
};

struct LayerList {
  std::optional<std::string> network;
  std::optional<std::uint32_t> batch;
  bool has_batch = false;  // the layers are those of a whole batch already
  std::vector<Layer> layers;
};

}  // namespace luqsim
