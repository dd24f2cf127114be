// Layers in sequence, built from a recipe.
#pragma once
#include <memory>
#include <vector>

#include "dataset.h"
#include "layer.h"

namespace luqsim::train {

using Network = std::vector<std::unique_ptr<Layer>>;

// mlp: linear layers fc1, fc2, ... with ReLU between. cnn: conv1 3x3, ReLU, conv2 3x3, ReLU, 2x2 average pool, fc1,
// ReLU, fc2. The first and the last stay in fp32 unless the options say otherwise. A cnn needs even height and width
// (DatasetError).
Network make_network(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset);

}  // namespace luqsim::train
