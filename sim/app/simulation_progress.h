// What a user sees of simulations under way, and how one stops them.
#pragma once
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "luqsim/program/interrupts.h"
#include "luqsim/program/progress_bar.h"

namespace luqsim {

class SimulationProgress {
 public:
  // `stays`: what an interruption leaves, for its message.
  explicit SimulationProgress(std::string stays) : stays_(std::move(stays)) {}

  void leaves(std::string stays) { stays_ = std::move(stays); }

  // After each record. Throws Interrupted on request; the last record is no place to stop any more.
  void show(std::size_t done, std::size_t total) {
    bar_.show(done, total, "records");
    if (Interrupts::requested() && done < total)
      throw Interrupted(fmt::format("{} of {} records are simulated; {}", done, total, stays_));
  }

 private:
  Interrupts interrupts_;
  ProgressBar bar_;
  std::string stays_;
};

}  // namespace luqsim
