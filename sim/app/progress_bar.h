// A progress bar with the time left, on a terminal; silent in pipes.
#pragma once
#include <chrono>
#include <cstddef>

namespace luqsim {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();  // clears the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::size_t done, std::size_t total);

 private:
  bool on_terminal_;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace luqsim
