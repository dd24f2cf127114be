// How far the gradients of 4-bit layers are from those of an fp32 backward pass, as a CSV file. It reads what a step
// computed and changes nothing.
#pragma once
#include <map>
#include <string>

#include "backend.h"
#include "options.h"
#include "run_text.h"

namespace luqsim::train {

// What the backward pass of a linear layer or convolution computes. input: of a convolution the matrix of patches;
// without values where nobody needs it (the first layer).
struct Gradients {
  Tensor weight, input;
};

class Probe {
 public:
  // Throws InputError where the file cannot be written, as write() does.
  explicit Probe(const ProbeOptions& options);

  bool wants(std::uint32_t step) const { return step % options_.every == 0; }

  // Of an fp32 backward pass through the whole network, layer by layer; before that of the scheme.
  void keep(Backend& backend, const std::string& layer, const Gradients& exact);
  // `local`: what fp32 arithmetic makes of the incoming gradient that the scheme's own came from.
  void compare(Backend& backend, std::uint32_t step, const std::string& layer, const Gradients& scheme,
               const Gradients& local);
  // What has been compared, in place of an older file, which stays as it was until then.
  void write() const { text_.write(); }

 private:
  struct OnHost {
    Matrix weight, input;
  };
  static OnHost on_host(Backend& backend, const Gradients& g);
  void add(std::uint32_t step, const std::string& layer, const char* reference, const OnHost& scheme,
           const OnHost& exact);

  ProbeOptions options_;
  RunText text_;
  std::map<std::string, OnHost> kept_;  // by layer
};

}  // namespace luqsim::train
