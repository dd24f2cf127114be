#include "trainer.h"

#include <algorithm>
#include <cmath>

#include <boost/crc.hpp>
#include <fmt/format.h>

#include "input_error.h"

namespace luqsim::train {
namespace {

constexpr std::uint32_t shuffle_tensor = 999;
constexpr std::uint64_t step_limit = 1U << 24;  // of a random stream

// Fisher-Yates: position i takes one of 0..i, (32-bit random number * (i + 1)) >> 32.
void shuffle(std::vector<std::uint32_t>& order, std::uint64_t seed, std::uint32_t epoch) {
  std::vector<std::uint16_t> lanes(2 * order.size());
  fill_random_lanes({seed, shuffle_tensor, epoch, 0}, 0, lanes);
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    const std::uint64_t random = std::uint64_t{lanes[2 * i]} | std::uint64_t{lanes[2 * i + 1]} << 16;
    std::swap(order[i], order[(random * (i + 1)) >> 32]);
  }
}

std::vector<std::uint8_t> labels_of(const Dataset& data, std::span<const std::uint32_t> indices) {
  std::vector<std::uint8_t> labels;
  for (const std::uint32_t i : indices) labels.push_back(data.labels[i]);
  return labels;
}

class Run {
 public:
  Run(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset)
      : backend_(backend),
        options_(options),
        dataset_(dataset),
        split_(split(dataset)),
        images_(backend.upload(dataset.images)),
        network_(make_network(backend, options, scheme, dataset)) {
    if (split_.held_out.empty())
      throw InputError(fmt::format("{} images; wanted at least 5: every fifth is held out", dataset.labels.size()));
    batches_ = static_cast<std::uint32_t>(split_.train.size() / options.batch);
    if (batches_ == 0)
      throw InputError(
          fmt::format("batch: {}; wanted at most {}, the training images", options.batch, split_.train.size()));
    if (std::uint64_t{options.epochs} * batches_ >= step_limit)
      throw InputError(fmt::format("epochs: {} of {} steps each; wanted fewer than {} steps in all", options.epochs,
                                   batches_, step_limit));
    steps_ = options.epochs * batches_;
  }

  TrainResult train(Recorder* recorder, const Observer& observer) {
    if (recorder != nullptr) recorder->check(steps_, recorded_names());
    TrainResult result;
    for (std::uint32_t epoch = 0; epoch < options_.epochs; ++epoch) {
      std::vector<std::uint32_t> order = split_.train;
      shuffle(order, options_.seed, epoch);
      EpochResult summary{epoch + 1, 0, 0, 0};
      std::uint32_t correct = 0;
      for (std::uint32_t b = 0; b < batches_; ++b) {
        const Loss loss = finite_step({epoch * batches_ + b, recorder},
                                      std::span(order).subspan(std::size_t{b} * options_.batch, options_.batch));
        correct += loss.correct;
        result.step_losses.push_back(loss.mean);
        summary.loss = summary.loss + loss.mean;
        if (observer.step) observer.step(epoch * batches_ + b + 1, steps_);
      }
      summary.loss = summary.loss / static_cast<float>(batches_);
      summary.train_accuracy = static_cast<double>(correct) / (static_cast<double>(batches_) * options_.batch);
      summary.held_out_accuracy = held_out_accuracy();
      result.epochs.push_back(summary);
      if (observer.epoch) observer.epoch(summary);
    }
    result.weights_crc = weights_crc();
    return result;
  }

 private:
  // Logits of chosen images. A cnn takes a row a pixel.
  Tensor forward(std::span<const std::uint32_t> indices) {
    Tensor x = backend_.gather_rows(images_, indices);
    if (options_.network == NetworkKind::cnn) x = {x.size(), 1, x.data};
    for (const auto& layer : network_) x = layer->forward(x);
    return x;
  }

  std::vector<std::string> recorded_names() const {
    std::vector<std::string> names;
    for (const auto& layer : network_)
      if (std::string name = layer->recorded_name(); !name.empty()) names.push_back(std::move(name));
    return names;
  }

  Loss finite_step(const Step& step, std::span<const std::uint32_t> indices) {
    std::string what = "the loss is not finite";
    try {
      const Loss loss = train_step(step, indices);
      if (std::isfinite(loss.mean)) return loss;
    } catch (const NonFinite& e) {
      what = e.what();
    }
    throw InputError(fmt::format("rate: {}; training diverged in step {} ({}); wanted a lower rate", options_.rate,
                                 step.number, what));
  }

  Loss train_step(const Step& step, std::span<const std::uint32_t> indices) {
    Tensor gradient = backend_.softmax_cross_entropy(forward(indices), labels_of(dataset_, indices));
    for (std::size_t i = network_.size(); i-- > 0;) gradient = network_[i]->backward(gradient, step);
    const float steps = static_cast<float>(steps_);
    const UpdateRule rule{options_.rate * ((steps - static_cast<float>(step.number)) / steps), options_.momentum,
                          options_.decay};
    for (const auto& layer : network_) layer->update(rule);
    return backend_.finish_step();
  }

  double held_out_accuracy() {
    const std::span<const std::uint32_t> all = split_.held_out;
    std::uint32_t correct = 0;
    for (std::size_t i = 0; i < all.size(); i += evaluation_batch) {
      const auto group = all.subspan(i, std::min<std::size_t>(evaluation_batch, all.size() - i));
      backend_.softmax_cross_entropy(forward(group), labels_of(dataset_, group));
      correct += backend_.finish_step().correct;
    }
    return static_cast<double>(correct) / static_cast<double>(all.size());
  }

  std::uint32_t weights_crc() {
    boost::crc_32_type crc;
    for (const auto& layer : network_)
      layer->visit_weights([&](Tensor& w) {
        const Matrix host = backend_.download(w);
        crc.process_bytes(host.values.data(), host.values.size() * sizeof(float));
      });
    return crc.checksum();
  }

  Backend& backend_;
  const Options& options_;
  const Dataset& dataset_;
  Split split_;
  Tensor images_;
  Network network_;
  std::uint32_t batches_ = 0, steps_ = 0;  // of an epoch, of the run
};

}  // namespace

TrainResult train(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset, Recorder* recorder,
                  const Observer& observer) {
  return Run(backend, options, scheme, dataset).train(recorder, observer);
}

}  // namespace luqsim::train
