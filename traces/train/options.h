// What a recipe sets.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "luqsim/numerics/enum_names.h"
#include "luqsim/numerics/format.h"

namespace luqsim::train {

// fp32_grad: a 4-bit forward pass, gradients not quantized.
enum class Scheme : std::uint8_t { fp32, luq, luq_smp2, hindsight, pow2, rdnp, rdnp_su, sr, int4_sr, fp32_grad };
enum class NetworkKind : std::uint8_t { mlp, cnn, gpt };

struct Options {
  NetworkKind network = NetworkKind::mlp;
  std::uint32_t hidden = 128;       // mlp: width of the hidden layers; cnn: of the linear layer
  std::uint32_t hidden_layers = 3;  // mlp
  std::uint32_t channels = 16;      // cnn: of the first convolution; the second has twice as many
  std::uint32_t context = 32, width = 64, heads = 4, blocks = 2;  // gpt
  std::uint32_t batch = 64, epochs = 20;              // a batch of images, or of windows of `context` characters
  std::uint32_t steps_per_epoch = 100;                // gpt; of images, an epoch takes each once
  float rate = 0.1F, momentum = 0.9F, decay = 1e-4F;  // the rate falls linearly to 0
  std::uint64_t seed = 1;
  std::uint32_t fnt_epochs = 0;                          // after the others: gradients in fp32, the rate a triangle
  std::optional<float> fnt_rate;                         // that the triangle rises to; absent: rate
  int random_bits = 16;                                  // of the random numbers that round gradients
  Format activation = Format::int4;                      // or uint4: of inputs that a ReLU made
  bool first_in_4_bits = false, last_in_4_bits = false;  // by default they stay in fp32
};

struct RecordOptions {
  std::string file;                  // empty: nothing is recorded
  std::vector<std::uint32_t> steps;  // training steps, from 0
  std::uint32_t every = 0;           // also every n-th step, from 0; 0: only `steps`
  std::vector<std::string> layers;   // empty: every quantized layer
};

struct ProbeOptions {
  std::string file;         // empty: nothing is compared
  std::uint32_t every = 1;  // every n-th step, from 0
};

}  // namespace luqsim::train

namespace luqsim {
template <>
struct EnumNames<train::Scheme> {
  static constexpr std::array<std::string_view, 10> names{"fp32", "luq",     "luq+smp2", "hindsight", "pow2",
                                                          "rdnp", "rdnp+su", "sr",       "int4_sr",   "fp32_grad"};
};
template <>
struct EnumNames<train::NetworkKind> {
  static constexpr std::array<std::string_view, 3> names{"mlp", "cnn", "gpt"};
};
}  // namespace luqsim
