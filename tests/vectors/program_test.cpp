// The command as users meet it, and the example of the documentation.
#include <algorithm>
#include <fstream>
#include <tuple>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "program_folder.h"
#include "vector_reader.h"

namespace luqsim {
namespace {

using test::ProgramResult;

class VectorsCommand : public test::ProgramFolder {
 protected:
  VectorsCommand() : ProgramFolder(LUQSIM_PROGRAM " vectors") {}
  ProgramResult vectors(const std::string& arguments) const { return run(arguments); }
};

TEST_F(VectorsCommand, WritesEveryKind) {
  const std::pair<const char*, const char*> kinds[] = {
      {"format", "--formats int4,fp8_e4m3"},
      {"luq", "--rounding luq,rdnp+su --alpha max,pow2 --top-exponent 4,6 --random-bits 8 --reuse 1,2 --seed 9"},
      {"sawb", "--formats uint4 --c1 12.68 --c2 12.8"},
      {"gemm", "--formats int4xint4 --models hopper_fp8 --cases 3"}};
  for (const auto& [kind, options] : kinds) {
    const std::string arguments = std::string(kind) + " " + options + " -o v.safetensors";
    const ProgramResult result = vectors(arguments);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const std::string first = test::read_file(folder_ / "v.safetensors");
    const test::VectorReader reader(folder_ / "v.safetensors");
    EXPECT_EQ(reader.metadata().at("luqvectors.kind"), kind);
    EXPECT_EQ(result.out, "v.safetensors: " + std::to_string(reader.cases().size()) + " cases\n");
    ASSERT_EQ(vectors(arguments).exit_code, 0);
    EXPECT_EQ(test::read_file(folder_ / "v.safetensors"), first) << kind;
  }
  EXPECT_EQ(folder_.files(), std::vector<std::string>{"v.safetensors"});
}

TEST_F(VectorsCommand, SawbTakesTheConstantsOfTheFormat) {
  for (const auto& [format, c1, c2] : {std::tuple("int4", 12.035, 12.03), std::tuple("uint4", 12.68, 12.80)}) {
    const std::string name = std::string("sawb --formats ") + format;
    const std::string given = fmt::format("{} --c1 {} --c2 {} -o given", name, c1, c2);
    ASSERT_EQ(vectors(given).exit_code, 0);
    ASSERT_EQ(vectors(name + " -o fitted").exit_code, 0);
    EXPECT_EQ(test::read_file(folder_ / "fitted"), test::read_file(folder_ / "given"));
  }
}

TEST_F(VectorsCommand, CombinesTheOptions) {
  ASSERT_EQ(vectors("luq --cases 0 -o one").exit_code, 0);
  ASSERT_EQ(vectors("luq --rounding luq,sr --top-exponent 4,6,7 --cases 2 -o six").exit_code, 0);
  const std::size_t corners = test::VectorReader(folder_ / "one").cases().size();
  EXPECT_EQ(test::VectorReader(folder_ / "six").cases().size(), 6 * (corners + 2));
}

TEST_F(VectorsCommand, BadOptions) {
  expect_bad_input("", "KIND");
  expect_bad_input("convolution -o v", "convolution");
  expect_bad_input("luq", "--output is required");
  expect_bad_input("luq --rounding nearest -o v", "--rounding: nearest not in {luq,rdnp,rdnp+su,sr,int4_sr}");
  expect_bad_input("luq --random-bits 17 -o v", "luq random_bits: 17; wanted 1 to 16");
  expect_bad_input("luq --top-exponent 5 -o v", "luq top_exponent: 5; wanted 4, 6 or 7");
  expect_bad_input("luq --reuse 0 -o v", "luq reuse: 0; wanted at least 1");
  expect_bad_input("luq --rounding int4_sr --alpha pow2 -o v", "luq alpha: pow2 with rounding int4_sr; wanted max");
  expect_bad_input("luq --cases -1 -o v", "--cases: Value -1 not in range");
  expect_bad_input("luq --seed x -o v", "--seed");
  expect_bad_input("sawb --formats fp4_e3m0 -o v", "sawb format: fp4_e3m0; wanted int4 or uint4");
  expect_bad_input("sawb --c1 nan -o v", "sawb c1, c2: not finite");
  expect_bad_input("format --formats fp32 -o v", "format: fp32; wanted a format of at most 16 bits");
  expect_bad_input("format --formats fp9 -o v", "--formats: fp9 not in");
  expect_bad_input("gemm --formats int4 -o v", "formats: int4; wanted two formats, as int4xfp4_e3m0");
  expect_bad_input("gemm --formats int4xfp16 -o v", "gemm format: fp16; wanted int4, uint4 or fp4_e3m0");
  expect_bad_input("gemm --formats fp4_e3m0xfp4_e3m0 -o v", "gemm formats: fp4_e3m0 twice; wanted at least one");
  expect_bad_input("gemm --models volta -o v", "--models: volta not in {hopper_fp16");
  expect_bad_input("luq -o nowhere/v", "nowhere/v");
  EXPECT_TRUE(folder_.files().empty());
}

// The example of docs/vectors.md finds every case and every tensor.
TEST_F(VectorsCommand, TheExampleOfThePageRuns) {
  const std::string page = test::read_file(LUQSIM_TEST_PAGE), opening = "```python\n";
  const std::size_t begin = page.find(opening);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t first = begin + opening.size(), end = page.find("```", first);
  const std::string example = page.substr(first, end - first);
  EXPECT_LE(std::ranges::count(example, '\n'), 16);
  std::ofstream(folder_ / "example.py") << example;
  const std::string python = LUQSIM_TEST_PYTHON;
  if (test::run_program(python + " -c 'import numpy'").exit_code != 0) GTEST_SKIP() << python << " has no NumPy";
  for (const char* kind : {"format", "luq", "sawb", "gemm"}) {
    ASSERT_EQ(vectors(std::string(kind) + " --cases 2 -o v.safetensors").exit_code, 0);
    const ProgramResult result = test::run_program(python + " " + (folder_ / "example.py").string() + " " +
                                                   (folder_ / "v.safetensors").string());
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const test::VectorReader reader(folder_ / "v.safetensors");
    for (const test::VectorCase& c : reader.cases())
      ASSERT_NE(result.out.find(c.text("case") + " " + c.text("title")), std::string::npos) << c.text("case");
    std::size_t shapes = 0;
    for (std::size_t at = result.out.find("': ("); at != std::string::npos; at = result.out.find("': (", at + 1))
      ++shapes;
    EXPECT_EQ(shapes, reader.tensors().size()) << kind;
  }
}

}  // namespace
}  // namespace luqsim
