// The bundled digits, with recipes small enough for tests.
#pragma once
#include "temporary_folder.h"
#include "trainer.h"

namespace luqsim::test {

const train::Dataset& digits();

// One epoch of a network with two 4-bit layers: fc2, fc3; or conv2, fc1.
train::Options small_mlp();
train::Options small_cnn();

}  // namespace luqsim::test
