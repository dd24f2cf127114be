#include "run_text.h"

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "luqsim/traces/write_file.h"

#include "input_error.h"

namespace luqsim::train {

namespace {

template <class F>
void reported(const std::string& option, const std::string& path, F f) {
  try {
    f(path);
  } catch (const std::system_error& error) {
    throw InputError(fmt::format("{}: {}; cannot write it: {}", option, path, error.code().message()));
  }
}

}  // namespace

RunText::RunText(std::string option, std::string path) : option_(std::move(option)), path_(std::move(path)) {
  reported(option_, path_, check_writable);
}

void RunText::write() const {
  if (empty()) return;
  reported(option_, path_, [&](const std::string& path) { write_file(path, text_); });
}

}  // namespace luqsim::train
