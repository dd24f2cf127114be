#include "small_set.h"

#include "luqsim/program/bundled.h"

namespace luqsim::test {
namespace {

std::filesystem::path data(const char* name, const char* extension) {
  return find_bundled(name, "traces/train/data", extension);
}

}  // namespace

const train::Images& digits() {
  static const train::Images images =
      train::read_idx(data("digits-images", ".idx3-ubyte"), data("digits-labels", ".idx1-ubyte"));
  return images;
}

const train::Text& sentences() {
  static const train::Text text = train::read_text(data("sentences", ".txt"));
  return text;
}

const train::Dataset& set_for(train::NetworkKind network) {
  if (network == train::NetworkKind::gpt) return sentences();
  return digits();
}

train::Options small_mlp() {
  train::Options options;
  options.hidden = 24;
  options.batch = 128;
  options.epochs = 1;
  return options;
}

train::Options small_cnn() {
  train::Options options;
  options.network = train::NetworkKind::cnn;
  options.channels = 3;
  options.hidden = 10;
  options.batch = 96;
  options.epochs = 1;
  return options;
}

train::Options small_gpt() {
  train::Options options;
  options.network = train::NetworkKind::gpt;
  options.context = 8;
  options.width = 12;
  options.heads = 2;
  options.blocks = 2;
  options.batch = 12;
  options.epochs = 1;
  options.steps_per_epoch = 11;
  return options;
}

train::Options small(train::NetworkKind network) {
  if (network == train::NetworkKind::gpt) return small_gpt();
  return network == train::NetworkKind::mlp ? small_mlp() : small_cnn();
}

}  // namespace luqsim::test
