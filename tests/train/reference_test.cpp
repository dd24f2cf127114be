// A second implementation of docs/training.md, in NumPy, ends with the same weights, bit for bit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "program.h"
#include "small_set.h"

namespace luqsim {
namespace {

using train::NetworkKind;
using train::Options;
using train::Scheme;

struct Case {
  const char* name;
  NetworkKind network;
  Scheme scheme;
  std::uint32_t epochs = 1;
  Format activation = Format::int4;
  std::uint32_t fnt_epochs = 0;
  int random_bits = 16;
  std::optional<AccumulatorKind> accumulator = {};
  std::optional<float> fnt_rate = {};
};

class Reference : public testing::TestWithParam<Case> {};

TEST_P(Reference, SameWeights) {
  const Case& c = GetParam();
  Options options = test::small(c.network);
  const bool gpt = c.network == NetworkKind::gpt;
  options.last_in_4_bits = gpt;
  options.epochs = c.epochs;
  options.activation = c.activation;
  options.fnt_epochs = c.fnt_epochs;
  options.random_bits = c.random_bits;
  options.fnt_rate = c.fnt_rate;
  const test::ProgramResult reference = test::run_program(
      fmt::format("'{}' '{}' '{}' {} {} {} {} {} {} {} {} {} {}", LUQSIM_TEST_PYTHON, LUQSIM_TEST_SCRIPT,
                  LUQSIM_TEST_DATA, name_of(c.network), name_of(c.scheme), gpt ? options.width : options.hidden,
                  options.batch, c.epochs, name_of(c.activation), c.fnt_epochs, c.random_bits,
                  c.accumulator ? name_of(*c.accumulator) : "exact", c.fnt_rate.value_or(options.rate)));
  if (reference.exit_code == 77) GTEST_SKIP() << LUQSIM_TEST_PYTHON << " has no NumPy";
  ASSERT_EQ(reference.exit_code, 0) << reference.err;
  const auto backend = train::make_cpu_backend(c.accumulator);
  const train::TrainResult result = train::train(*backend, options, c.scheme, test::set_for(c.network), nullptr, {});
  EXPECT_EQ(fmt::format("{:08x}\n", result.weights_crc), reference.out);
}

INSTANTIATE_TEST_SUITE_P(
    Runs, Reference,
    testing::Values(
        Case{"mlp_fp32", NetworkKind::mlp, Scheme::fp32, 2}, Case{"mlp_luq", NetworkKind::mlp, Scheme::luq, 3},
        Case{"mlp_hindsight", NetworkKind::mlp, Scheme::hindsight},
        Case{"mlp_smp2_uint4", NetworkKind::mlp, Scheme::luq_smp2, 1, Format::uint4},
        Case{"cnn_fp32", NetworkKind::cnn, Scheme::fp32}, Case{"cnn_luq", NetworkKind::cnn, Scheme::luq},
        Case{"cnn_smp2_uint4", NetworkKind::cnn, Scheme::luq_smp2, 1, Format::uint4},
        Case{"gpt_fp32", NetworkKind::gpt, Scheme::fp32, 3}, Case{"gpt_luq", NetworkKind::gpt, Scheme::luq, 3},
        Case{"gpt_hindsight", NetworkKind::gpt, Scheme::hindsight},
        Case{"gpt_smp2_uint4", NetworkKind::gpt, Scheme::luq_smp2, 1, Format::uint4},
        Case{"mlp_luq_fnt", NetworkKind::mlp, Scheme::luq, 1, Format::int4, 2},
        Case{"cnn_smp2_fnt", NetworkKind::cnn, Scheme::luq_smp2, 1, Format::uint4, 1},
        Case{"gpt_luq_fnt", NetworkKind::gpt, Scheme::luq, 1, Format::int4, 1, 16, {}, 0.01F},
        Case{"mlp_fp32_grad", NetworkKind::mlp, Scheme::fp32_grad, 2},
        Case{"mlp_4_random_bits", NetworkKind::mlp, Scheme::luq, 1, Format::int4, 0, 4},
        Case{"cnn_9_random_bits", NetworkKind::cnn, Scheme::luq_smp2, 1, Format::int4, 0, 9},
        Case{"cnn_int16", NetworkKind::cnn, Scheme::luq_smp2, 1, Format::int4, 0, 16, AccumulatorKind::int16},
        Case{"mlp_int20", NetworkKind::mlp, Scheme::luq, 1, Format::int4, 0, 16, AccumulatorKind::int20},
        Case{"mlp_fp16", NetworkKind::mlp, Scheme::luq, 1, Format::int4, 0, 16, AccumulatorKind::fp16},
        Case{"mlp_bf16_smp2", NetworkKind::mlp, Scheme::luq_smp2, 1, Format::int4, 0, 16, AccumulatorKind::bf16},
        Case{"cnn_chunk_smp2", NetworkKind::cnn, Scheme::luq_smp2, 1, Format::int4, 0, 16, AccumulatorKind::chunk}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace luqsim
