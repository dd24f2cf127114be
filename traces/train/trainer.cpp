#include "trainer.h"

#include <algorithm>
#include <cmath>

#include <boost/crc.hpp>
#include <fmt/format.h>

#include "luqsim/traces/record.h"

#include "input_error.h"

namespace luqsim::train {
namespace {

class Run {
 public:
  Run(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset)
      : backend_(backend),
        options_(options),
        batches_(dataset.make_batches(options)),
        network_(dataset.make_network(backend, options, scheme)) {
    const std::uint32_t per_epoch = batches_->steps_per_epoch();
    const std::uint64_t epochs = std::uint64_t{options.epochs} + options.fnt_epochs;
    if (epochs * per_epoch >= stream_step_limit)
      throw InputError(fmt::format("epochs: {} of {} steps each; wanted fewer than {} steps in all", epochs, per_epoch,
                                   stream_step_limit));
    steps_ = options.epochs * per_epoch;
    fine_tuning_steps_ = options.fnt_epochs * per_epoch;
  }

  TrainResult train(Recorder* recorder, const Observer& observer, Probe* probe) {
    if (recorder != nullptr) recorder->begin(steps_, network_.layers->recorded_names());
    if (probe != nullptr && network_.layers->recorded_names().empty())
      throw InputError("--probe: no layer has 4-bit gradients");
    TrainResult result;
    const std::uint32_t per_epoch = batches_->steps_per_epoch();
    for (std::uint32_t epoch = 0; epoch < options_.epochs + options_.fnt_epochs; ++epoch) {
      EpochResult summary{.epoch = epoch + 1};
      Score score;
      for (std::uint32_t step = epoch * per_epoch; step < (epoch + 1) * per_epoch; ++step) {
        const Batch batch = batches_->training(step);
        const Loss loss = finite(step, [&] { return train_step(step, recorder, probe, batch); });
        score.add(loss, batch);
        result.step_losses.push_back(loss.mean);
        summary.loss = summary.loss + loss.mean;
        if (observer.step) observer.step(step + 1, steps_ + fine_tuning_steps_, loss.mean);
      }
      summary.loss = summary.loss / static_cast<float>(per_epoch);
      summary.train_accuracy = score.accuracy();
      const Score held_out = score_held_out((epoch + 1) * per_epoch - 1);
      summary.held_out_accuracy = held_out.accuracy();
      summary.held_out_loss = held_out.loss();
      result.epochs.push_back(summary);
      if (observer.epoch) observer.epoch(summary);
    }
    result.weights_crc = weights_crc();
    return result;
  }

 private:
  class Score {
   public:
    void add(const Loss& loss, const Batch& batch) {
      const auto labels = static_cast<double>(batch.labels.size());
      labels_ += labels;
      correct_ += loss.correct;
      loss_ += labels * loss.mean;
    }
    double accuracy() const { return correct_ / labels_; }
    double loss() const { return loss_ / labels_; }

   private:
    double labels_ = 0, correct_ = 0, loss_ = 0;
  };

  Tensor logits(const Batch& batch) { return network_.layers->forward(network_.input->forward(batch.rows)); }

  // What f returns, if training up to this step left it finite.
  template <class F>
  Loss finite(std::uint32_t step, F f) const {
    std::string what = "the loss is not finite";
    try {
      const Loss loss = f();
      if (std::isfinite(loss.mean)) return loss;
    } catch (const NonFinite& e) {
      what = e.what();
    }
    throw InputError(
        fmt::format("rate: {}; training diverged in step {} ({}); wanted a lower rate", options_.rate, step, what));
  }

  // Down a line to 0; in the fine-tuning up a line to the base rate, at its middle, and down again.
  float rate(std::uint32_t step) const {
    if (step < steps_) {
      const float steps = static_cast<float>(steps_);
      return options_.rate * ((steps - static_cast<float>(step)) / steps);
    }
    const std::uint32_t done = step - steps_, steps = fine_tuning_steps_;
    const std::uint32_t height = std::min({2 * (done + 1), 2 * (steps - done), steps});
    return options_.fnt_rate.value_or(options_.rate) * (static_cast<float>(height) / static_cast<float>(steps));
  }

  Loss train_step(std::uint32_t number, Recorder* recorder, Probe* probe, const Batch& batch) {
    const Tensor gradient = backend_.softmax_cross_entropy(logits(batch), batch.labels);
    Step step{number, recorder, nullptr, number >= steps_};
    if (probe != nullptr && probe->wants(number) && !step.fp32_gradients) {
      step.probe = probe;
      network_.layers->backward(gradient, {number, nullptr, probe, true});
    }
    network_.input->backward(network_.layers->backward(gradient, step));
    const UpdateRule rule{rate(number), options_.momentum, options_.decay};
    network_.input->update(rule);
    network_.layers->update(rule);
    return backend_.finish_step();
  }

  Score score_held_out(std::uint32_t last_step) {
    Score score;
    for (std::uint32_t group = 0; group < batches_->held_out_groups(); ++group) {
      const Batch batch = batches_->held_out(group);
      score.add(finite(last_step,
                       [&] {
                         backend_.softmax_cross_entropy(logits(batch), batch.labels);
                         return backend_.finish_step();
                       }),
                batch);
    }
    return score;
  }

  std::uint32_t weights_crc() {
    boost::crc_32_type crc;
    const auto add = [&](Tensor& w) {
      const Matrix host = backend_.download(w);
      crc.process_bytes(host.values.data(), host.values.size() * sizeof(float));
    };
    network_.input->visit_weights(add);
    network_.layers->visit_weights(add);
    return crc.checksum();
  }

  Backend& backend_;
  const Options& options_;
  std::unique_ptr<Batches> batches_;
  Network network_;
  std::uint32_t steps_ = 0, fine_tuning_steps_ = 0;
};

}  // namespace

TrainResult train(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset, Recorder* recorder,
                  const Observer& observer, Probe* probe) {
  return Run(backend, options, scheme, dataset).train(recorder, observer, probe);
}

}  // namespace luqsim::train
