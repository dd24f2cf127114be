#include "small_set.h"

namespace luqsim::test {

const train::Dataset& digits() {
  static const train::Dataset dataset =
      train::read_idx(LUQSIM_TEST_DATA "/digits-images.idx3-ubyte", LUQSIM_TEST_DATA "/digits-labels.idx1-ubyte");
  return dataset;
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

}  // namespace luqsim::test
