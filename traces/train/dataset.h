// What a network learns from, whatever its kind: each training step and each held-out group is a batch.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "network.h"

namespace luqsim::train {

struct Batch {
  std::vector<std::uint32_t> rows;   // of the network's input table: images, or tokens
  std::vector<std::uint8_t> labels;  // one for each row of logits
};

// The batches of one run.
class Batches {
 public:
  virtual ~Batches() = default;
  virtual std::uint32_t steps_per_epoch() const = 0;
  virtual Batch training(std::uint32_t step) = 0;  // step counts from 0 through all epochs, and never back
  virtual std::uint32_t held_out_groups() const = 0;
  virtual Batch held_out(std::uint32_t group) const = 0;
};

// Throws InputError where the options want more than the set has, or a network that does not fit it. What it makes may
// refer to it.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::unique_ptr<Batches> make_batches(const Options& options) const = 0;
  virtual Network make_network(Backend& backend, const Options& options, Scheme scheme) const = 0;
};

}  // namespace luqsim::train
