// Images and labels in the IDX format (MNIST and its relatives).
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "matrix.h"

namespace luqsim::train {

struct Dataset {
  std::uint32_t height = 0, width = 0, classes = 0;
  Matrix images;  // a row an image, pixels divided by the largest value in the set
  std::vector<std::uint8_t> labels;
};

// idx3-ubyte images and idx1-ubyte labels. Throws InputError naming file, field and value.
Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels);

struct Split {
  std::vector<std::uint32_t> train, held_out;  // image numbers; every fifth is held out
};
Split split(const Dataset& dataset);

}  // namespace luqsim::train
