// A text file of what a run computes, step by step.
#pragma once
#include <string>

namespace luqsim::train {

// Throws InputError where the file cannot be written, at once too: a wrong name costs no run.
class RunText {
 public:
  // `option` is the one that names the file: "--losses".
  RunText(std::string option, std::string path);

  void add(const std::string& text) { text_ += text; }
  bool empty() const { return text_.empty(); }
  // What there is, if anything, in place of an older file, which stays as it was until then.
  void write() const;

 private:
  std::string option_, path_, text_;
};

}  // namespace luqsim::train
