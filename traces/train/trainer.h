// A training run: epochs over batches, held-out accuracy and loss after each.
#pragma once
#include <functional>

#include "dataset.h"

namespace luqsim::train {

struct EpochResult {
  std::uint32_t epoch = 0;  // from 1
  float loss = 0;           // mean over the epoch's batches
  double train_accuracy = 0, held_out_accuracy = 0;
  double held_out_loss = 0;  // mean over the labels, in nats
};

struct TrainResult {
  std::vector<EpochResult> epochs;
  std::vector<float> step_losses;
  std::uint32_t weights_crc =
      0;  // CRC-32 of all weights: equal exactly when two runs agree bit for bit, but for chance
};

struct Observer {
  std::function<void(std::uint32_t step, std::uint32_t steps, float loss)> step;
  std::function<void(const EpochResult&)> epoch;
};

// The same options, scheme and backend arithmetic give the same bits whatever the number of threads. `recorder` and
// `probe` may be null; they change nothing.
TrainResult train(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset, Recorder* recorder,
                  const Observer& observer, Probe* probe = nullptr);

}  // namespace luqsim::train
