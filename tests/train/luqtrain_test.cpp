// The program as users meet it.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "luqsim/traces/trace.h"

#include "program_folder.h"
#include "small_set.h"

namespace luqsim {
namespace {

using test::ProgramResult;

// A trace without its header.
std::string data_of(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string bytes = text.str();
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  return bytes.substr(sizeof header + header);
}

class Luqtrain : public test::ProgramFolder {
 protected:
  Luqtrain() : ProgramFolder(LUQTRAIN_PROGRAM) {}
  ProgramResult luqtrain(const std::string& arguments) const { return run(arguments); }
  // What a run that succeeds prints: comparing two failures would compare nothing.
  std::string output_of(const std::string& arguments) const {
    const ProgramResult result = luqtrain(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments << ": " << result.err;
    EXPECT_FALSE(result.out.empty()) << arguments;
    return result.out;
  }

  const std::string quick_gpt_ =
      "--network gpt --context 8 --width 12 --heads 2 --batch 8 --epochs 1 --steps-per-epoch 3 ";
  const std::string quick_ = "--hidden 24 --batch 128 --epochs 1 ";
};

TEST_F(Luqtrain, PrintsALineAnEpochAndTheDigest) {
  const ProgramResult result = luqtrain("--hidden 24 --batch 128 --epochs 2 --scheme luq");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");  // no progress bar in a pipe
  EXPECT_EQ(std::ranges::count(result.out, '\n'), 3) << result.out;
  for (const char* text : {"luq seed 1 epoch   1: loss ", ", train ", "%, held out ", "weights crc32 "})
    EXPECT_NE(result.out.find(text), std::string::npos) << text << "\n" << result.out;
}

TEST_F(Luqtrain, ComparesSchemesOverSeeds) {
  const ProgramResult result = luqtrain(quick_ + "--quiet --scheme fp32,luq --seeds 2");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::ranges::count(result.out, '\n'), 6) << result.out;
  for (const char* text : {"fp32 seed 1: ", "fp32 seed 2: ", "luq seed 1: ", "luq seed 2: ", "over 2 seeds"})
    EXPECT_NE(result.out.find(text), std::string::npos) << text << "\n" << result.out;
}

TEST_F(Luqtrain, ThreadsChangeNothing) {
  EXPECT_EQ(output_of(quick_ + "--threads 1"), output_of(quick_ + "--threads 2"));
}

TEST_F(Luqtrain, ARecipeIsItsFlags) {
  write("r.toml", "# comment\nhidden = 24\nbatch = 128\nepochs = 1\nscheme = [\"fp32\", \"luq+smp2\"]\nquiet = true\n");
  EXPECT_EQ(output_of("--recipe r.toml"), output_of(quick_ + "--quiet --scheme fp32,luq+smp2"));
  // A flag goes before the recipe's key.
  EXPECT_EQ(output_of("--recipe r.toml --scheme sr"), output_of(quick_ + "--quiet --scheme sr"));
}

TEST_F(Luqtrain, BundledRecipesRun) {
  for (const char* recipe : {"digits-mlp", "digits-cnn", "char-gpt"}) {
    const ProgramResult result = luqtrain(std::string("--epochs 1 --recipe ") + recipe);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
}

TEST_F(Luqtrain, RecordsATraceWithItsProvenance) {
  const ProgramResult result =
      luqtrain(quick_ + "--seed 5 --scheme pow2 --record t.safetensors --record-steps 2,3 --record-layers fc3");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const Trace trace = Trace::open(folder_ / "t.safetensors");
  EXPECT_EQ(trace.records().size(), 6U);
  const Provenance& p = trace.provenance();
  EXPECT_EQ(p.backend, "cpu");
  EXPECT_EQ(p.kernels, "luqsim numerics");
  EXPECT_EQ(p.network, "digits mlp, scheme pow2");
  EXPECT_EQ(p.dataset, "UCI optical digits");
  EXPECT_EQ(p.seed, 5U);
  EXPECT_EQ(p.date.size(), 10U);
  EXPECT_FALSE(p.device.empty());
}

TEST_F(Luqtrain, AGptReportsBitsPerCharacter) {
  const ProgramResult one = luqtrain(quick_gpt_);
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(std::ranges::count(one.out, '\n'), 2) << one.out;
  EXPECT_NE(one.out.find(" bits per character, weights crc32 "), std::string::npos) << one.out;
  const ProgramResult two = luqtrain(quick_gpt_ + "--quiet --seeds 2");
  EXPECT_EQ(std::ranges::count(two.out, '\n'), 4) << two.out;
  EXPECT_NE(two.out.find(" bits per character  (sample standard deviation "), std::string::npos) << two.out;
}

TEST_F(Luqtrain, AGptLearnsAnyFile) {
  std::string bytes;
  for (int i = 0; i < 2000; ++i) bytes.push_back(static_cast<char>(i * i));
  write("my.bin", bytes);
  const ProgramResult result = luqtrain(
      quick_gpt_ + "--text my.bin --seed 7 --record t.safetensors --record-steps 1 --record-layers block1.fc2");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const Trace trace = Trace::open(folder_ / "t.safetensors");
  EXPECT_EQ(trace.records().size(), 3U);
  EXPECT_EQ(trace.provenance().network, "text gpt, scheme luq");
  EXPECT_EQ(trace.provenance().dataset, "my.bin");
}

TEST_F(Luqtrain, BundledSamplesAreMadeAgain) {
  // The commands of traces/samples/README.md; provenance, in the header, differs.
  for (const auto& [sample, recorded] : {std::pair("digits-mlp", "0,200"), std::pair("digits-cnn", "100"),
                                         std::pair("char-gpt", "500 --record-layers block1.qkv,block1.fc2")}) {
    const std::string recipe = std::string("--recipe ") + sample;
    EXPECT_EQ(luqtrain(recipe + " --record t.safetensors --record-steps " + recorded).exit_code, 0);
    const std::string bundled = std::string(LUQSIM_TEST_SAMPLES "/") + sample + ".safetensors";
    EXPECT_TRUE(data_of(folder_ / "t.safetensors") == data_of(bundled)) << sample;
  }
}

TEST_F(Luqtrain, LossesAreWrittenInHexadecimal) {
  ASSERT_EQ(luqtrain(quick_gpt_ + "--quiet --losses losses").exit_code, 0);
  std::ifstream file(folder_ / "losses");
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    EXPECT_TRUE(line.starts_with("0x1.")) << line;
    EXPECT_NEAR(std::strtod(line.c_str(), nullptr), 3, 2) << line;
  }
  EXPECT_GT(lines, 1U);
  expect_bad_input(quick_gpt_ + "--losses no/such/folder", "--losses: no/such/folder; cannot write it: No such file");
  expect_bad_input(quick_gpt_ + "--losses losses --seeds 2", "--losses takes one scheme and one seed");
}

TEST_F(Luqtrain, HelpHasAnExample) {
  const ProgramResult result = luqtrain("--help");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.out.find("Example: luqtrain "), std::string::npos);
}

TEST_F(Luqtrain, BadOptions) {
  expect_bad_input("--scheme luk", "--scheme: luk; wanted one of fp32, luq, luq+smp2");
  expect_bad_input("--network rnn", "--network: rnn; wanted one of mlp, cnn, gpt");
  expect_bad_input("--network gpt --width 63", "width: 63; wanted a multiple of heads, 4");
  expect_bad_input("--network gpt --context 0", "--context: Value 0 not in range 1 to 4096");
  expect_bad_input("--network gpt --heads 0", "--heads: Value 0 not in range 1 to 1024");
  expect_bad_input("--network gpt --blocks 0", "--blocks: Value 0 not in range 1 to 64");
  expect_bad_input("--network gpt --steps-per-epoch 0", "--steps-per-epoch: Value 0 not in range 1 to 16777216");
  expect_bad_input("--activation fp16", "--activation: fp16; wanted int4 or uint4");
  expect_bad_input("--batch 0", "--batch: Value 0 not in range 1 to 65536");
  expect_bad_input("--rate nan", "--rate: nan; wanted a number from 1e-30 to 1e+30");
  expect_bad_input("--momentum 1", "--momentum: 1; wanted a number from 0 to 0.9999");
  for (const std::string seed : {"-1", "18446744073709551616"})
    expect_bad_input("--seed " + seed, "--seed: " + seed + "; wanted decimal digits of 0 to 18446744073709551615");
  expect_bad_input("--epochs", "--epochs");
  expect_bad_input("--epoch 3", "--epoch");
  expect_bad_input("stray", "stray");
  expect_bad_input("--backend gpu", "--backend: gpu; wanted one of cpu, cuda");
#ifndef LUQSIM_TEST_GPU
  expect_bad_input("--backend cuda", "--backend: cuda; ");
#endif
}

TEST_F(Luqtrain, FineTuningIsPartOfTheName) {
  const ProgramResult result = luqtrain(quick_ + "--fnt-epochs 2 --scheme luq+smp2");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("luq+smp2+fnt2 seed 1 epoch   3: loss "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("luq+smp2+fnt2 seed 1: held out "), std::string::npos) << result.out;
}

TEST_F(Luqtrain, ProbesAndAccumulators) {
  const std::string plain = output_of(quick_);
  EXPECT_EQ(output_of(quick_ + "--probe p.csv --probe-every 4"), plain);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "p.csv"));
  EXPECT_EQ(output_of(quick_ + "--accumulator int32"), plain);
  EXPECT_NE(output_of(quick_ + "--accumulator bf16"), plain);
  expect_bad_input("--accumulator int8", "--accumulator: int8; wanted one of int16, int20, int24, int32, fp32");
  expect_bad_input("--accumulator int16 --backend cuda",
                   "--accumulator: int16 with --backend cuda; wanted --backend cpu");
  expect_bad_input("--accumulator int16 --record t --record-steps 0", "--accumulator with --record");
  expect_bad_input("--random-bits 17", "--random-bits: Value 17 not in range 1 to 16");
  expect_bad_input("--probe-every 2", "--probe-every requires --probe");
  expect_bad_input("--probe p.csv --seeds 2", "--probe takes one scheme and one seed");
}

TEST_F(Luqtrain, BadRecipes) {
  write("key.toml", "hiden = 24\n");
  expect_bad_input("--recipe key.toml", "recipe key.toml: INI was not able to parse hiden");
  write("value.toml", "batch = \"many\"\n");
  expect_bad_input("--recipe value.toml", "--batch");
  write("garbage.toml", "\x01\x02 garbage\n[");
  expect_bad_input("--recipe garbage.toml", "recipe garbage.toml");
  expect_bad_input("--recipe none.toml", "none.toml was not readable");
}

TEST_F(Luqtrain, BadFiles) {
  write("images", "not IDX");
  expect_bad_input("--images images", "images: 7 bytes; wanted a header of 16");
  expect_bad_input("--labels none", "none: no such file");
  expect_bad_input("--cifar images", "images: 7 bytes; wanted records of 3073");
  expect_bad_input("--network gpt --text none", "none: no such file; wanted a text");
  write("short.txt", "too short");
  expect_bad_input("--network gpt --text short.txt", "context: 32 in short.txt of 9 characters; wanted a text of at");
  expect_bad_input("--record none/t.safetensors --record-steps 0", "none/t.safetensors");
}

TEST_F(Luqtrain, BadRecordings) {
  expect_bad_input("--record-steps 0", "--record-steps requires --record");
  expect_bad_input("--record t.safetensors", "--record without steps");
  expect_bad_input("--record t.safetensors --record-steps 0 --seeds 2", "--record takes one scheme and one seed");
  expect_bad_input("--record t.safetensors --record-steps 0 --record-layers fc9", "--record-layers: fc9; wanted");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "t.safetensors"));
}

TEST_F(Luqtrain, DivergenceIsTheUsersToMend) {
  expect_bad_input(quick_ + "--rate 1e6", "rate: 1000000; training diverged in step ");
}

}  // namespace
}  // namespace luqsim
