// What goes to a worker and what comes back, as text: over sockets to processes and over MPI to ranks.
#pragma once
#include <cstdint>
#include <string>

#include "luqsim/sweep/sweep.h"
#include "luqsim/sweep/view.h"

namespace luqsim::sweep {

struct Task {
  std::uint64_t number = 0;  // of the point in its sweep
  std::string design;        // canonical text
  std::string base, file;    // the design's and the workload's file: for the report, to be opened
  std::uint32_t batch = 0;
  std::vector<std::string> passes;
};

struct Outcome {
  std::uint64_t number = 0;
  std::string error;     // empty: it ran
  bool crashed = false;  // the process ended; a later sweep tries again
  MetricValues metrics;
  std::string results;  // JSON
};

std::string to_text(const Task& task);
std::string to_text(const Outcome& outcome);
Task task_of(const std::string& text);
Outcome outcome_of(const std::string& text);

}  // namespace luqsim::sweep
