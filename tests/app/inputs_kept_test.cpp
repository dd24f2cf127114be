// No command writes over a file that it reads, whatever its name there.
#include <filesystem>

#include "luqsim_folder.h"

namespace luqsim {
namespace {

class InputsKept : public test::LuqsimFolder {
 protected:
  // The arguments have `output` in place of "OUT"; it is refused, and all files of the folder stay as they were.
  void expect_refusal(std::string arguments, const std::string& output, const std::string& input) const {
    const std::vector<std::string> before = folder_.files();
    const std::string bytes = read(input);
    arguments.replace(arguments.find("OUT"), 3, output);
    expect_bad_input(arguments, "cannot write " + output + ", which would replace " + input);
    EXPECT_TRUE(read(input) == bytes) << arguments;
    EXPECT_EQ(folder_.files(), before) << arguments;
  }

  // So it is by another spelling, and through links.
  void expect_refusals(const std::string& arguments, const std::string& input) const {
    namespace fs = std::filesystem;
    fs::create_symlink(file(input), folder_ / "symbolic");
    fs::create_hard_link(file(input), folder_ / "hard");
    for (const std::string& output : {input, "./" + input, file(input), std::string("symbolic"), std::string("hard")})
      expect_refusal(arguments, output, input);
    fs::remove(folder_ / "symbolic");
    fs::remove(folder_ / "hard");
  }
};

TEST_F(InputsKept, Layers) {
  write("net.csv", "Layer, M, N, K,\nfc1, 8, 8, 8,\n");
  expect_refusals("import net.csv -o OUT", "net.csv");
  expect_refusal("run default net.csv --timeline OUT", "net.csv", "net.csv");
}

TEST_F(InputsKept, Traces) {
  write_trace();
  expect_refusals("validate t.safetensors --junit OUT", "t.safetensors");
  expect_refusal("run default t.safetensors --vcd OUT", "t.safetensors", "t.safetensors");
}

TEST_F(InputsKept, Designs) {
  write_trace();
  write("d.yaml", "extends: default\n");
  expect_refusals("run d.yaml t.safetensors --timeline OUT", "d.yaml");
  expect_refusals("run d.yaml t.safetensors --vcd OUT", "d.yaml");
}

TEST_F(InputsKept, FilesOfReports) {
  write_trace();
  write("records.csv", "Layer, M, N, K,\nfc1, 8, 8, 8,\n");
  write("index.html", "extends: default\n");
  expect_bad_input("run default records.csv -o .", "cannot write ./records.csv, which would replace records.csv");
  expect_bad_input("run index.html t.safetensors -o .", "cannot write ./index.html, which would replace index.html");
  expect_bad_input("compare index.html --trace t.safetensors -o .",
                   "cannot write ./index.html, which would replace index.html");
  std::filesystem::create_directory(folder_ / "shift-int24-32x32");
  std::filesystem::rename(folder_ / "records.csv", folder_ / "shift-int24-32x32/records.csv");
  expect_bad_input("compare default --trace shift-int24-32x32/records.csv -o .",
                   "cannot write ./shift-int24-32x32/records.csv, which would replace");
  EXPECT_EQ(folder_.files(), (std::vector<std::string>{"index.html", "shift-int24-32x32", "t.safetensors"}));
  EXPECT_TRUE(read("index.html") == "extends: default\n");
}

TEST_F(InputsKept, ResultsAreNoPageButMayLieBesideIt) {
  write_trace();
  ASSERT_EQ(luqsim("run default t.safetensors -o a").exit_code, 0);
  EXPECT_EQ(luqsim("report a/results.json -o a").exit_code, 0);
  std::filesystem::rename(folder_ / "a/results.json", folder_ / "a/index.html");
  expect_bad_input("report a/index.html -o a", "cannot write a/index.html, which would replace a/index.html");
  EXPECT_NE(read("a/index.html").find("luqsim-results"), std::string::npos);
}

TEST_F(InputsKept, Sweeps) {
  write("base.yaml", "extends: default\n");
  write("net.csv", "Layer, M, N, K,\nfc1, 8, 8, 8,\n");
  write("s.yaml", "base: base.yaml\nworkloads: [net.csv]\nlist: [{array.rows: 16}]\n");
  expect_refusals("sweep s.yaml -o s.sqlite --csv OUT", "s.yaml");
  for (const char* input : {"base.yaml", "net.csv"}) expect_refusal("sweep s.yaml -o s.sqlite --csv OUT", input, input);
  // A database that is not there yet.
  expect_refusal("sweep s.yaml -o s.sqlite --csv OUT", "./s.sqlite", "s.sqlite");
  ASSERT_EQ(luqsim("sweep s.yaml -o s.sqlite --jobs 1").exit_code, 0);
  expect_refusals("sweep s.yaml -o s.sqlite --csv OUT", "s.sqlite");
  expect_refusals("sweep --show s.sqlite --csv OUT", "s.sqlite");
}

}  // namespace
}  // namespace luqsim
