// Layers in sequence, built from a recipe.
#pragma once
#include <memory>

#include "layer.h"

namespace luqsim::train {

class Images;
class Text;

struct Network {
  std::unique_ptr<Input> input;
  std::unique_ptr<Layer> layers;
};

// mlp: linear layers fc1, fc2, ... with ReLU between. cnn: conv1 3x3, ReLU, conv2 3x3, ReLU, 2x2 average pool, fc1,
// ReLU, fc2. The first and the last stay in fp32 unless the options say otherwise. A cnn needs even height and width
// (InputError); so does a 4-bit layer whose sums or tensors outgrow exact arithmetic.
Network make_image_network(Backend& backend, const Options& options, Scheme scheme, const Images& images);

// gpt: embeddings of tokens and positions; blocks of causal attention (linear layers blockN.qkv, blockN.proj) and two
// linear layers with ReLU between (blockN.fc1, blockN.fc2), each behind a layer norm and around a residual; a last
// layer norm and linear layer, head, which stays in fp32 unless the options say otherwise. Embeddings are fp32. The
// width must be a multiple of the heads (InputError).
Network make_text_network(Backend& backend, const Options& options, Scheme scheme, const Text& text);

}  // namespace luqsim::train
