// The bundled sets, with recipes small enough for tests.
#pragma once
#include "images.h"
#include "temporary_folder.h"
#include "text.h"
#include "trainer.h"

namespace luqsim::test {

const train::Images& digits();
const train::Text& sentences();
// Of these, what the network learns from.
const train::Dataset& set_for(train::NetworkKind network);

// One epoch of a network with two 4-bit layers: fc2, fc3; or conv2, fc1.
train::Options small_mlp();
train::Options small_cnn();
// 11 steps of a network with eight 4-bit layers, two blocks of qkv, proj, fc1, fc2.
train::Options small_gpt();
train::Options small(train::NetworkKind network);

}  // namespace luqsim::test
