// Images and labels in the IDX format (MNIST and its relatives), or in that of CIFAR-10.
#pragma once
#include <filesystem>

#include "dataset.h"
#include "matrix.h"

namespace luqsim::train {

// Held-out images go through the network this many at a time: a quantizer sees the statistics of one group.
inline constexpr std::uint32_t evaluation_batch = 512;

// A batch is image numbers. Training images come in an order drawn from the seed; the last, smaller batch of an epoch
// is left out.
class Images : public Dataset {
 public:
  std::unique_ptr<Batches> make_batches(const Options& options) const override;
  Network make_network(Backend& backend, const Options& options, Scheme scheme) const override;

  std::uint32_t height = 0, width = 0, channels = 1, classes = 0;
  Matrix images;  // a row an image, a pixel's channels together, pixels divided by the largest value in the set
  std::vector<std::uint8_t> labels;
};

// idx3-ubyte images and idx1-ubyte labels. Throws InputError naming file, field and value.
Images read_idx(const std::filesystem::path& images, const std::filesystem::path& labels);

// CIFAR-10 binary files, one after another: a label and three planes of 32 x 32 for each image.
Images read_cifar(const std::vector<std::filesystem::path>& paths);

struct Split {
  std::vector<std::uint32_t> train, held_out;  // image numbers; every fifth is held out
};
Split split(const Images& images);

}  // namespace luqsim::train
