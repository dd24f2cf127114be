// A progress bar with the time left, on a terminal; silent in pipes.
#pragma once
#include <chrono>
#include <cstddef>
#include <string_view>

namespace luqsim {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void clear();  // the line, so that something else can be printed
  // `unit` names what is counted: "records".
  void show(std::size_t done, std::size_t total, std::string_view unit);

 private:
  bool on_terminal_;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace luqsim
