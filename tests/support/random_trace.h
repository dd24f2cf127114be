// Traces of random GEMMs, quantized and multiplied by the numerics library: what a correct recorder would write.
#pragma once
#include <filesystem>
#include <random>
#include <string>

#include "luqsim/traces/trace_writer.h"

namespace luqsim::test {

struct RandomGemm {
  Pass pass = Pass::fprop;
  std::uint64_t m = 1, n = 1, k = 1;
  std::uint32_t samples = 1;  // of the gradient operand
  Format activation = Format::int4;
  LuqConfig luq;
  bool hindsight = false;
  float mean = 0;           // of the sources; away from 0, sums grow with k
  bool random_out = false;  // random values as the output: a model's differences from them tell its outputs apart
};

// Adds one record with sources, codes and output. Views are those of a training run: fprop A direct, W direct; dgrad D
// direct, W transposed; wgrad A transposed, D direct.
void add_random_record(TraceWriter& writer, const std::string& id, const RandomGemm& gemm, std::mt19937& random);

// ID.dgrad and ID.wgrad of a linear layer with k inputs and m outputs, a batch of n, as a training run records them:
// one gradient, of which dgrad takes the first sample and wgrad all.
void add_random_backward(TraceWriter& writer, const std::string& id, const RandomGemm& gemm, std::mt19937& random);

// A 3 x 3 convolution's three passes over an n x h x w x c image batch: im2col views.
void add_random_convolution(TraceWriter& writer, const std::string& id, std::mt19937& random);

// Where a tensor's data starts in a trace file, read from its header.
std::uint64_t tensor_offset(const std::filesystem::path& trace, const std::string& tensor);

}  // namespace luqsim::test
