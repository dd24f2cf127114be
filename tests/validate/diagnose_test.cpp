// Kernels with one or two known mistakes: each is named, and nothing else is; what no mistake explains is called
// unexplained.
#include "luqsim/validate/diagnose.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "luqsim/validate/validate.h"

#include "kernel.h"
#include "random_trace.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

using enum Hypothesis;
using test::edge_input;
using test::KernelInput;
using test::Mistakes;

struct Result {
  RecordReport report;
  std::vector<Diagnosis> diagnoses;

  const Diagnosis* of(const std::string& tensor) const {
    for (const Diagnosis& d : diagnoses)
      if (d.tensor == tensor) return &d;
    return nullptr;
  }
};

Result validated(const std::filesystem::path& path, const DiagnoseOptions& options = {.threads = 2}) {
  const Trace trace = Trace::open(path);
  Result result;
  validate(trace, {2}, [&](RecordReport report) { result.report = std::move(report); });
  result.diagnoses = diagnose(trace, trace.records()[0], result.report, options);
  return result;
}

Result run(const KernelInput& input, const Mistakes& mistakes) {
  const test::TemporaryFolder folder;
  test::run_kernel(input, mistakes, folder / "t.safetensors");
  return validated(folder / "t.safetensors");
}

std::string text(const std::vector<Explanation>& explanations) {
  std::string all;
  for (const Explanation& e : explanations) {
    all += all.empty() ? "" : " | ";
    for (const Hypothesis h : e) all += std::string(name_of(h)) + " ";
  }
  return all;
}

std::string read_file(const std::filesystem::path& path) {
  std::stringstream file;
  file << std::ifstream(path, std::ios::binary).rdbuf();
  return file.str();
}

KernelInput usual() { return edge_input(64, 24, 40); }

TEST(Diagnose, AKernelWithoutMistakesIsBitExact) {
  for (const KernelInput& input :
       {usual(), edge_input(33, 7, 9), edge_input(1, 1, 1), edge_input(64, 24, 40, 0x1p-118F)}) {
    const Result result = run(input, {});
    EXPECT_EQ(result.report.mismatches(), 0U);
    EXPECT_TRUE(result.diagnoses.empty());
    EXPECT_EQ(result.report.checks.size(), 5U) << "two scales, two codes, one output";
  }
}

struct Case {
  Hypothesis mistake;
  const char* tensor;
};
class OneMistake : public testing::TestWithParam<Case> {};

TEST_P(OneMistake, IsNamed) {
  const auto [mistake, tensor] = GetParam();
  KernelInput input = usual();
  if (mistake == flushed_subnormals) input = edge_input(64, 24, 40, 0x1p-119F);
  if (mistake == samples_summed || mistake == first_sample_only) input.samples = 2;
  if (mistake == scale_in_binary32 || mistake == other_clip_constants) input = test::normal_input(61, 23, 40);
  if (mistake == fp16_sums || mistake == int16_sums)
    input = edge_input(500, 3, 4), input.codes_a = {7}, input.codes_d = {5};
  if (mistake == a_transposed || mistake == b_transposed) input = edge_input(24, 24, 24);
  const Result result = run(input, {mistake});
  EXPECT_GT(result.report.mismatches(), 0U);
  const Diagnosis* diagnosis = result.of(tensor);
  ASSERT_NE(diagnosis, nullptr) << "nothing differs in " << tensor;
  ASSERT_EQ(diagnosis->explanations.size(), 1U) << text(diagnosis->explanations);
  EXPECT_EQ(diagnosis->explanations[0], Explanation{mistake}) << text(diagnosis->explanations);
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, OneMistake,
    testing::Values(
        Case{top_exponent_7, "d.codes0"}, Case{max_without_abs, "d.codes0"}, Case{truncated_random, "d.codes0"},
        Case{flushed_subnormals, "d.codes0"}, Case{contracted_product, "d.codes0"},
        Case{contracted_product, "a.codes0"}, Case{divided_by_scale, "d.codes0"}, Case{divided_by_scale, "a.codes0"},
        Case{round_half_away, "a.codes0"}, Case{other_clip_constants, "a.codes0"}, Case{scale_in_binary32, "a.codes0"},
        Case{lanes_high_half_first, "d.codes0"}, Case{lanes_reversed, "d.codes0"}, Case{lane_per_word, "d.codes0"},
        Case{counter_without_sample, "d.codes0"}, Case{counter_tensor_and_step_swapped, "d.codes0"},
        Case{key_halves_swapped, "d.codes0"}, Case{random_by_column, "d.codes0"}, Case{nibbles_swapped, "d.codes0"},
        Case{nibbles_swapped, "a.codes0"}, Case{codes_transposed, "d.codes0"}, Case{codes_transposed, "a.codes0"},
        Case{fp16_sums, "out"}, Case{int16_sums, "out"}, Case{scales_in_turn, "out"}, Case{scaled_in_binary64, "out"},
        Case{samples_summed, "out"}, Case{first_sample_only, "out"}, Case{a_nibbles_swapped, "out"},
        Case{b_nibbles_swapped, "out"}, Case{a_transposed, "out"}, Case{b_transposed, "out"},
        Case{out_transposed, "out"}, Case{int4_unsigned, "out"}, Case{fp4_doubled, "out"}),
    [](const auto& info) {
      std::string name = std::string(name_of(info.param.mistake)) + "_" + info.param.tensor;
      std::ranges::replace(name, '.', '_');
      return name;
    });

TEST(Diagnose, TheDefaultClipConstantsInPlaceOfTheRecordedOnes) {
  KernelInput input = test::normal_input(61, 23, 40);
  input.sawb = {.c1 = 12.68, .c2 = 12.80};
  const Result result = run(input, {});
  ASSERT_NE(result.of("a.codes0"), nullptr);
  EXPECT_EQ(result.of("a.codes0")->explanations, std::vector<Explanation>{{other_clip_constants}})
      << text(result.of("a.codes0")->explanations);
}

TEST(Diagnose, Binary32SumsShowBeyond24Bits) {
  constexpr std::uint64_t k = 80001;  // 7 x 64 and 7 x 1 in turn: 18 million
  KernelInput input{.a = {k, 2, std::vector<float>(2 * k, 1.0F)}, .d = {k, 2, std::vector<float>(2 * k, 1.0F)}};
  input.codes_a = {7};
  input.codes_d = {7, 7, 1, 1};
  const Result result = run(input, {fp32_sums});
  ASSERT_NE(result.of("out"), nullptr);
  EXPECT_EQ(result.of("out")->explanations, std::vector<Explanation>{{fp32_sums}})
      << text(result.of("out")->explanations);
  EXPECT_EQ(result.report.unchecked, (std::vector<std::string>{"a.codes0", "d.codes0"}));
}

// 500 terms up to 448 need more than FP8's 13 bits: known as such where the record says so, named where it does not.
TEST(Diagnose, TensorCoresOfTheRecordAndOthers) {
  KernelInput input = edge_input(500, 3, 4);
  input.codes_a = {7, 3, 5, 2, 0xF, 6};
  input.codes_d = {5, 7, 1, 6, 2};
  Result result = run(input, {hopper_fp8_sums});
  ASSERT_NE(result.of("out"), nullptr);
  EXPECT_EQ(result.of("out")->explanations, std::vector<Explanation>{{hopper_fp8_sums}})
      << text(result.of("out")->explanations);

  input.dot_model = DotPreset::hopper_fp8;
  EXPECT_EQ(run(input, {hopper_fp8_sums}).report.mismatches(), 0U);
  input.samples = 2;
  EXPECT_EQ(run(input, {hopper_fp8_sums}).report.mismatches(), 0U);
  input.samples = 1;
  result = run(input, {});
  // binary32 holds these sums exactly, too.
  EXPECT_EQ(result.of("out")->explanations, (std::vector<Explanation>{{fp32_sums}, {exact_sums}}))
      << text(result.of("out")->explanations);
}

TEST(Diagnose, TwoMistakesTogether) {
  for (const auto& [one, two] :
       {std::pair{truncated_random, nibbles_swapped}, std::pair{top_exponent_7, lanes_reversed},
        std::pair{max_without_abs, random_by_column}, std::pair{lane_per_word, codes_transposed},
        std::pair{counter_without_sample, key_halves_swapped}, std::pair{divided_by_scale, codes_transposed}}) {
    const Result result = run(usual(), {one, two});
    ASSERT_NE(result.of("d.codes0"), nullptr);
    const auto& explanations = result.of("d.codes0")->explanations;
    EXPECT_EQ(explanations, std::vector<Explanation>{(Explanation{std::min(one, two), std::max(one, two)})})
        << text(explanations);
  }
  const Result result = run(usual(), {int4_unsigned, out_transposed});
  EXPECT_EQ(result.of("out")->explanations, std::vector<Explanation>{(Explanation{out_transposed, int4_unsigned})})
      << text(result.of("out")->explanations);
}

TEST(Diagnose, EveryOtherQuantizerOption) {
  for (const LuqConfig& config : {LuqConfig{.random_bits = 8}, LuqConfig{.reuse = 3}, LuqConfig{.random_bits = 1}}) {
    KernelInput input = usual();
    input.luq = config;
    EXPECT_EQ(run(input, {}).report.mismatches(), 0U);
    const Result result = run(input, {lanes_reversed});
    EXPECT_EQ(result.of("d.codes0")->explanations, std::vector<Explanation>{{lanes_reversed}})
        << text(result.of("d.codes0")->explanations);
  }
  KernelInput input = usual();
  input.estimate = 0.9F;
  EXPECT_EQ(run(input, {}).report.mismatches(), 0U);
  EXPECT_EQ(run(input, {top_exponent_7}).of("d.codes0")->explanations, std::vector<Explanation>{{top_exponent_7}});
}

// 10,000 elements, of which every third one is examined, up to the last: a mistake is named, and not where one of the
// examined elements differs from it, though the first differences and the random elements do not show it. Elements in
// between are not seen.
TEST(Diagnose, LargeOutputsAreExaminedInPart) {
  const test::TemporaryFolder folder;
  const auto path = folder / "t.safetensors", damaged_path = folder / "bad.safetensors";
  test::run_kernel(edge_input(8, 100, 100), {int4_unsigned}, path);
  const DiagnoseOptions in_part{.threads = 2, .most_products = 1};
  for (const DiagnoseOptions& options : {DiagnoseOptions{.threads = 2}, in_part})
    EXPECT_EQ(validated(path, options).of("out")->explanations, std::vector<Explanation>{{int4_unsigned}});

  const std::string bytes = read_file(path);
  const Trace trace = Trace::open(path);
  const std::uint64_t begin = test::tensor_offset(path, trace.records()[0].out);
  int not_seen = 0;
  for (const std::size_t element : {9999U, 6003U, 8000U, 6001U, 3002U}) {
    std::string damaged = bytes;
    damaged[begin + 4 * element] ^= 0x01;
    std::ofstream(damaged_path, std::ios::binary) << damaged;
    const Result result = validated(damaged_path, in_part);
    const Diagnosis* diagnosis = result.of("out");
    if (element % 3 == 0) {
      EXPECT_TRUE(diagnosis->explanations.empty()) << element << ": " << text(diagnosis->explanations);
      EXPECT_EQ(diagnosis->closest, Explanation{int4_unsigned}) << element;
      EXPECT_EQ(diagnosis->left, 1U) << element;
    } else if (!diagnosis->explanations.empty()) {
      EXPECT_EQ(diagnosis->explanations, std::vector<Explanation>{{int4_unsigned}}) << element;
      ++not_seen;
    }
  }
  EXPECT_GT(not_seen, 0);
  EXPECT_TRUE(validated(damaged_path).of("out")->explanations.empty()) << "all of it is examined";
}

// Every byte of the codes is wrong in turn somewhere: no mistake explains one flipped bit.
TEST(Diagnose, CorruptionIsUnexplained) {
  const test::TemporaryFolder folder;
  const auto path = folder / "t.safetensors";
  test::run_kernel(usual(), {}, path);
  const Trace trace = Trace::open(path);
  const std::string bytes = read_file(path);
  const std::uint64_t begin = test::tensor_offset(path, trace.records()[0].b.codes[0]);
  for (const std::size_t at : {0U, 17U, 640U, 1279U}) {
    std::string damaged = bytes;
    damaged[begin + at] = static_cast<char>(damaged[begin + at] ^ 0x10);
    std::ofstream(folder / "bad.safetensors", std::ios::binary) << damaged;
    const Result result = validated(folder / "bad.safetensors");
    const Diagnosis* diagnosis = result.of("d.codes0");
    ASSERT_NE(diagnosis, nullptr);
    EXPECT_TRUE(diagnosis->explanations.empty()) << text(diagnosis->explanations);
    EXPECT_TRUE(diagnosis->closest.empty());
    EXPECT_EQ(diagnosis->left, 1U);
    const Check& check = result.report.checks[3];
    EXPECT_EQ(check.tensor, "d.codes0");
    EXPECT_EQ(check.mismatches, 1U);
    EXPECT_EQ(check.some[0].row * 40 + check.some[0].col, 2 * at + 1);
    EXPECT_EQ(check.some[0].expected ^ check.some[0].actual, 1U);
    EXPECT_TRUE(check.some[0].random.has_value());
  }
}

}  // namespace
}  // namespace luqsim
