// Texts: their vocabulary, and the windows that steps and held-out groups take.
#include "text.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "luqsim/numerics/philox.h"

#include "input_error.h"
#include "program.h"
#include "small_set.h"

namespace luqsim {
namespace {

using train::Batch;
using train::Options;
using train::Text;

// 128 different characters: a token is its place. 103 are for training, 25 are held out.
Text counting() {
  std::string characters;
  for (int i = 0; i < 128; ++i) characters.push_back(static_cast<char>(i));
  return {"counting", characters};
}

Options windows(std::uint32_t context, std::uint32_t batch) {
  Options options = test::small_gpt();
  options.context = context;
  options.batch = batch;
  return options;
}

TEST(Text, VocabularyIsTheDistinctBytesInOrder) {
  const Text text("t", std::string("b\xFF"
                                   "a\0b",
                                   5));
  EXPECT_EQ(text.vocabulary, std::string("\0ab\xFF", 4));
  EXPECT_EQ(text.tokens, (std::vector<std::uint8_t>{2, 3, 1, 0, 2}));
}

TEST(Text, AllBytesAreTokens) {
  std::string all;
  for (int i = 255; i >= 0; --i) all.push_back(static_cast<char>(i));
  const Text text("t", all);
  EXPECT_EQ(text.vocabulary.size(), 256U);
  EXPECT_EQ(text.tokens.front(), 255U);
  EXPECT_EQ(text.tokens.back(), 0U);
}

TEST(Text, LabelsAreTheSuccessors) {
  const Text text = counting();
  const Options options = windows(3, 4);
  const auto batches = text.make_batches(options);
  for (const Batch& b : {batches->training(5), batches->held_out(1)}) {
    ASSERT_EQ(b.rows.size(), 4U * 3);
    ASSERT_EQ(b.labels.size(), 4U * 3);
    for (std::size_t i = 0; i < b.rows.size(); ++i) {
      EXPECT_EQ(b.labels[i], b.rows[i] + 1);
      EXPECT_TRUE(i % 3 == 0 || b.rows[i] == b.rows[i - 1] + 1);
    }
  }
}

TEST(Text, TrainingWindowsAreDrawnFromTheSeedAndTheStep) {
  const Text text = counting();
  Options options = windows(7, 5);
  options.seed = 9;
  const auto batches = text.make_batches(options);
  for (const std::uint32_t step : {0U, 1U, 40U}) {
    const Batch b = batches->training(step);
    for (std::uint32_t i = 0; i < 5; ++i) {
      const RandomStream stream{9, 999, step, 0};
      const std::uint64_t r = random_lane(stream, 2 * i) + 65536ULL * random_lane(stream, 2 * i + 1);
      EXPECT_EQ(b.rows[7 * i], r * (103 - 7) >> 32);
    }
  }
}

TEST(Text, TrainingSeesTheFirstFourFifthsAndAllOfThem) {
  const Text text = counting();
  const Options options = windows(1, 64);
  const auto batches = text.make_batches(options);
  std::set<int> inputs, labels;
  for (std::uint32_t step = 0; step < 50; ++step) {
    const Batch b = batches->training(step);
    inputs.insert(b.rows.begin(), b.rows.end());
    labels.insert(b.labels.begin(), b.labels.end());
  }
  EXPECT_EQ(inputs.size(), 102U);
  EXPECT_EQ(*inputs.rbegin(), 101);
  EXPECT_EQ(labels.size(), 102U);
  EXPECT_EQ(*labels.rbegin(), 102);
}

TEST(Text, HeldOutWindowsFollowEachOther) {
  const Text text = counting();
  // 25 characters are 24 successors: 4 windows of 5, in groups of 3.
  const Options options = windows(5, 3);
  const auto batches = text.make_batches(options);
  ASSERT_EQ(batches->held_out_groups(), 2U);
  std::vector<std::uint32_t> inputs = batches->held_out(0).rows;
  EXPECT_EQ(inputs.size(), 15U);
  const Batch last = batches->held_out(1);
  inputs.insert(inputs.end(), last.rows.begin(), last.rows.end());
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 103; i < 123; ++i) expected.push_back(i);
  EXPECT_EQ(inputs, expected);
  EXPECT_EQ(last.labels.back(), 123U);
}

TEST(Text, TheShortestTextHasOneHeldOutWindow) {
  const Options options = windows(7, 3);
  const Text text("t", std::string(40, 'x'));
  const auto batches = text.make_batches(options);
  EXPECT_EQ(batches->held_out_groups(), 1U);
  EXPECT_EQ(batches->held_out(0).rows.size(), 7U);
  EXPECT_THROW(Text("t", std::string(39, 'x')).make_batches(options), train::InputError);
}

TEST(Text, FilesAreReadAsBytes) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "t", std::ios::binary) << std::string("a\r\n\0", 4);
  EXPECT_EQ(train::read_text(folder / "t").vocabulary, std::string("\0\n\ra", 4));
}

TEST(Sentences, AreWhatTheScriptWrites) {
  const test::ProgramResult script = test::run_program("'" LUQSIM_TEST_PYTHON "' '" LUQSIM_TEST_DATA "/sentences.py'");
  ASSERT_EQ(script.exit_code, 0) << script.err;
  std::stringstream text;
  text << std::ifstream(LUQSIM_TEST_DATA "/sentences.txt", std::ios::binary).rdbuf();
  EXPECT_TRUE(script.out == text.str());
  EXPECT_EQ(test::sentences().vocabulary, "\n \",-.?AEFHMNOPSTWabcdefghiklmnopqrstuvwxy");
}

}  // namespace
}  // namespace luqsim
