// Codes whose elements are all right, with nibbles behind rows of odd length that are not 0.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "luqsim/validate/diagnose.h"
#include "luqsim/validate/validate.h"

#include "kernel.h"
#include "random_trace.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

constexpr std::uint64_t rows = 9, cols = 5, row_bytes = 3;

class Padding : public testing::Test {
 protected:
  // What is said of d's codes when bits of the padding of rows 1 and 4 of sample `sample` are set, and the scale
  // changed.
  std::vector<Diagnosis> diagnoses(std::size_t sample, const std::string& scale_digit = "") const {
    test::KernelInput input = test::normal_input(rows, 2, cols);
    input.samples = 2;
    test::run_kernel(input, {}, folder_ / "t.safetensors");
    std::stringstream file;
    file << std::ifstream(folder_ / "t.safetensors", std::ios::binary).rdbuf();
    std::string bytes = file.str();
    {
      const Trace trace = Trace::open(folder_ / "t.safetensors");
      const std::uint64_t begin = test::tensor_offset(trace.path(), trace.records()[0].b.codes[sample]);
      for (const std::size_t row : {1U, 4U}) {
        char& last = bytes[begin + row * row_bytes + row_bytes - 1];
        last = static_cast<char>(last | 0x30);
      }
    }
    if (!scale_digit.empty()) {
      // The second "scale" of the header is d's.
      const std::size_t scale = bytes.find("scale", bytes.find("scale") + 1),
                        digit = bytes.find_first_of("123456789", scale);
      bytes.replace(digit, 1, bytes[digit] == scale_digit[0] ? "1" : scale_digit);
    }
    std::ofstream(folder_ / "bad.safetensors", std::ios::binary) << bytes;
    const Trace trace = Trace::open(folder_ / "bad.safetensors");
    std::vector<Diagnosis> found;
    validate(trace, {1}, [&](const RecordReport& report) { found = diagnose(trace, trace.records()[0], report, {1}); });
    return found;
  }

  static const Diagnosis* of(const std::vector<Diagnosis>& all, const std::string& tensor) {
    const auto found = std::ranges::find(all, tensor, &Diagnosis::tensor);
    return found == all.end() ? nullptr : &*found;
  }

  test::TemporaryFolder folder_;
};

const std::vector<Explanation> padding{{Hypothesis::padding_nibbles}};

TEST_F(Padding, IsNamedAndNothingElse) {
  for (const std::size_t sample : {0U, 1U}) {
    const auto all = diagnoses(sample);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].tensor, "d.codes" + std::to_string(sample));
    EXPECT_EQ(all[0].explanations, padding);
  }
}

// A wrong scale is the first sample's to explain.
TEST_F(Padding, OfALaterSampleUnderAWrongScale) {
  const auto all = diagnoses(1, "3");
  ASSERT_NE(of(all, "d.codes1"), nullptr);
  EXPECT_EQ(of(all, "d.codes1")->explanations, padding);
  ASSERT_NE(of(all, "d.codes0"), nullptr);
  EXPECT_TRUE(of(all, "d.codes0")->explanations.empty());
  EXPECT_EQ(of(all, "d.codes0")->left, 1U);
}

TEST_F(Padding, OfTheFirstSampleDoesNotHideAWrongScale) {
  const auto all = diagnoses(0, "3");
  ASSERT_NE(of(all, "d.codes0"), nullptr);
  EXPECT_TRUE(of(all, "d.codes0")->explanations.empty());
  EXPECT_EQ(of(all, "d.codes0")->left, 1U);
}

}  // namespace
}  // namespace luqsim
