#include "luqsim/program/progress_bar.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace luqsim {

ProgressBar::ProgressBar() : on_terminal_(isatty(STDERR_FILENO) == 1), start_(std::chrono::steady_clock::now()) {}

void ProgressBar::clear() {
  if (on_terminal_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::show(std::size_t done, std::size_t total, std::string_view unit) {
  using namespace std::chrono_literals;
  const auto now = std::chrono::steady_clock::now();
  if (!on_terminal_ || (now - last_ < 100ms && done < total)) return;
  last_ = now;
  constexpr std::size_t width = 30;
  const std::size_t filled = done * width / total;
  const double left = std::chrono::duration<double>(now - start_).count() * static_cast<double>(total - done) /
                      static_cast<double>(done);
  fmt::print(stderr, "\r[{:#<{}}{:.<{}}] {}/{} {}, {:.0f} s left \x1b[K", "", filled, "", width - filled, done, total,
             unit, left);
  std::fflush(stderr);
}

}  // namespace luqsim
