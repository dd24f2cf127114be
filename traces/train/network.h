// Layers in sequence, built from a recipe.
#pragma once
#include <memory>
#include <vector>

#include "dataset.h"
#include "layer.h"

namespace luqsim::train {

using Network = std::vector<std::unique_ptr<Layer>>;

// Held-out images go through the network this many at a time: a quantizer sees the statistics of one group.
inline constexpr std::uint32_t evaluation_batch = 512;

// mlp: linear layers fc1, fc2, ... with ReLU between. cnn: conv1 3x3, ReLU, conv2 3x3, ReLU, 2x2 average pool, fc1,
// ReLU, fc2. The first and the last stay in fp32 unless the options say otherwise. A cnn needs even height and width
// (InputError); so does
// a 4-bit layer whose sums or tensors outgrow exact arithmetic.
Network make_network(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset);

}  // namespace luqsim::train
