#include "trainer.h"

#include <cmath>

#include <boost/crc.hpp>
#include <fmt/format.h>

#include "input_error.h"

namespace luqsim::train {
namespace {

constexpr std::uint64_t step_limit = 1U << 24;  // of a random stream

class Run {
 public:
  Run(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset)
      : backend_(backend),
        options_(options),
        batches_(dataset.make_batches(options)),
        network_(dataset.make_network(backend, options, scheme)) {
    const std::uint32_t per_epoch = batches_->steps_per_epoch();
    if (std::uint64_t{options.epochs} * per_epoch >= step_limit)
      throw InputError(fmt::format("epochs: {} of {} steps each; wanted fewer than {} steps in all", options.epochs,
                                   per_epoch, step_limit));
    steps_ = options.epochs * per_epoch;
  }

  TrainResult train(Recorder* recorder, const Observer& observer) {
    if (recorder != nullptr) recorder->check(steps_, network_.layers->recorded_names());
    TrainResult result;
    const std::uint32_t per_epoch = batches_->steps_per_epoch();
    for (std::uint32_t epoch = 0; epoch < options_.epochs; ++epoch) {
      EpochResult summary{.epoch = epoch + 1};
      Score score;
      for (std::uint32_t step = epoch * per_epoch; step < (epoch + 1) * per_epoch; ++step) {
        const Batch batch = batches_->training(step);
        const Loss loss = finite(step, [&] { return train_step({step, recorder}, batch); });
        score.add(loss, batch);
        result.step_losses.push_back(loss.mean);
        summary.loss = summary.loss + loss.mean;
        if (observer.step) observer.step(step + 1, steps_);
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

  Loss train_step(const Step& step, const Batch& batch) {
    const Tensor gradient = backend_.softmax_cross_entropy(logits(batch), batch.labels);
    network_.input->backward(network_.layers->backward(gradient, step));
    const float steps = static_cast<float>(steps_);
    const UpdateRule rule{options_.rate * ((steps - static_cast<float>(step.number)) / steps), options_.momentum,
                          options_.decay};
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
  std::uint32_t steps_ = 0;
};

}  // namespace

TrainResult train(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset, Recorder* recorder,
                  const Observer& observer) {
  return Run(backend, options, scheme, dataset).train(recorder, observer);
}

}  // namespace luqsim::train
