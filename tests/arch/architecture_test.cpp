#include "luqsim/arch/architecture.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

std::string default_text() {
  std::ifstream file(LUQSIM_CONFIGS "/arch/default.yaml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class ArchitectureFile : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) {
    const fs::path path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }

  // The message of the error that loading gives, with the folder cut off.
  std::string error(const std::string& text, const std::vector<std::string>& overrides = {}) {
    try {
      load_architecture(write("arch.yaml", text), overrides);
    } catch (const ArchitectureError& e) {
      std::string message = e.what();
      const std::string folder = (folder_ / "").string();
      for (std::size_t at = message.find(folder); at != std::string::npos; at = message.find(folder, at))
        message.erase(at, folder.size());
      return message;
    }
    return "";
  }

  static std::string replaced(const std::string& from, const std::string& to) {
    std::string text = default_text();
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }

  test::TemporaryFolder folder_;
};

TEST_F(ArchitectureFile, EveryBundledDesignLoads) {
  int designs = 0;
  for (const auto& entry : fs::directory_iterator(LUQSIM_CONFIGS "/arch")) {
    EXPECT_NO_THROW(load_architecture(entry.path())) << entry.path();
    ++designs;
  }
  EXPECT_GE(designs, 13);
}

TEST_F(ArchitectureFile, DefaultHasItsValues) {
  const Architecture a = load_architecture(write("arch.yaml", default_text()));
  EXPECT_EQ(a.array.rows, 32U);
  EXPECT_EQ(a.array.bprop_product, Product::shift);
  EXPECT_EQ(a.array.accumulator.kind, AccumulatorKind::int24);
  EXPECT_EQ(a.b.bytes, 65536U);
  EXPECT_TRUE(a.out.double_buffered);
  EXPECT_EQ(a.dram.burst_bytes, 64U);
}

TEST_F(ArchitectureFile, ErrorsNameLineKeyValueAndWhatWasWanted) {
  EXPECT_EQ(error(replaced("rows: 32", "rows: 0")), "arch.yaml:5:9: array.rows: 0; wanted an integer from 1 to 1024");
  EXPECT_EQ(error(replaced("rows: 32", "rows: 1e9")),
            "arch.yaml:5:9: array.rows: 1e9; wanted an integer from 1 to 1024");
  EXPECT_EQ(error(replaced("rows: 32", "rows: 1000000000")),
            "arch.yaml:5:9: array.rows: 1000000000; wanted an integer from 1 to 1024");
  EXPECT_EQ(error(replaced("rows: 32", "rows: -1")), "arch.yaml:5:9: array.rows: -1; wanted an integer from 1 to 1024");
  EXPECT_EQ(error(replaced("rows: 32", "rows: [32]")), "arch.yaml:5:9: array.rows: wanted an integer from 1 to 1024");
  EXPECT_EQ(error(replaced("rows: 32", "rows:")), "arch.yaml:5:3: array.rows: wanted an integer from 1 to 1024");
  EXPECT_EQ(error(replaced("rows: 32", "row: 32")), "arch.yaml:5:3: unknown key array.row; did you mean array.rows?");
  EXPECT_EQ(error(replaced("rows: 32", "rows: 32\n  rows: 64")), "arch.yaml:6:3: array.rows stands twice; wanted once");
  EXPECT_EQ(error(replaced("dataflow: os", "dataflow: diagonal")),
            "arch.yaml:8:13: array.dataflow: diagonal; wanted one of: os, ws, is");
  EXPECT_EQ(error(replaced("clock_ghz: 1.0", "clock_ghz: nan")),
            "arch.yaml:3:12: clock_ghz: nan; wanted a number from 0.001 to 100");
  EXPECT_EQ(error(replaced("double_buffered_accumulators: true", "double_buffered_accumulators: yes")),
            "arch.yaml:12:33: array.double_buffered_accumulators: yes; wanted true or false");
}

TEST_F(ArchitectureFile, AMissingKeyIsMissingInTheInnermostSectionThatIsThere) {
  const std::string wanted = "; wanted an integer from 1 to ";
  EXPECT_EQ(error(replaced("  rows: 32\n", "")), "arch.yaml:5:3: missing key array.rows" + wanted + "1024");
  EXPECT_EQ(error(replaced("clock_ghz: 1.0\n", "")),
            "arch.yaml:2:1: missing key clock_ghz; wanted a number from 0.001 to 100");
  EXPECT_EQ(error(replaced("banks: 16, bank_bytes: 8}", "banks: 16}")),
            "arch.yaml:16:8: missing key buffers.out.bank_bytes" + wanted + "1024");
  EXPECT_EQ(error(replaced("  out: {bytes: 32768, double_buffered: true, banks: 16, bank_bytes: 8}\n", "")),
            "arch.yaml:14:3: missing key buffers.out.bytes; wanted an integer from 64 to " +
                std::to_string(std::uint64_t{1} << 34));
  EXPECT_EQ(error("name: nothing\n"), "arch.yaml:1:1: missing key clock_ghz; wanted a number from 0.001 to 100");
}

TEST_F(ArchitectureFile, AMissingKeyIsMissingInTheFileThatHasItsSectionLast) {
  write("base.yaml", replaced("  rows: 32\n", ""));
  EXPECT_EQ(error("extends: base.yaml\n"), "base.yaml:5:3: missing key array.rows; wanted an integer from 1 to 1024");
  EXPECT_EQ(error("extends: base.yaml\narray: {cols: 8}\n"),
            "arch.yaml:2:8: missing key array.rows; wanted an integer from 1 to 1024");
}

TEST_F(ArchitectureFile, FilesThatAreNoArchitecture) {
  EXPECT_EQ(error("").substr(0, 33), "arch.yaml: the file holds no keys");
  EXPECT_NE(error("- 1\n- 2\n").find("the file holds no keys"), std::string::npos);
  EXPECT_NE(error("a: [1, 2\n").find("not YAML"), std::string::npos);
  EXPECT_NE(error("a: &x [*x]\n").find("arch.yaml"), std::string::npos);
}

// Where a file extends another that cannot be read, its own line is the one to change.
TEST_F(ArchitectureFile, FilesThatCannotBeExtended) {
  const std::string wanted = "; wanted an architecture YAML file";
  EXPECT_EQ(error("extends: arch.yaml\n"), "arch.yaml:1:10: extends: arch.yaml: extends itself");
  EXPECT_EQ(error("name: x\nextends: none.yaml\n"), "arch.yaml:2:10: extends: none.yaml: cannot be read" + wanted);
  EXPECT_EQ(error("extends: none\n"), "arch.yaml:1:10: extends: none: cannot be read" + wanted);
  EXPECT_EQ(error("extends: .\n"), "arch.yaml:1:10: extends: .: a folder" + wanted);
  const std::string long_name(300, 'x');
  EXPECT_EQ(error("extends: " + long_name + "\n"),
            "arch.yaml:1:10: extends: " + long_name + ": File name too long" + wanted);
  write("loop.yaml", "name: x\nextends: arch.yaml\n");
  EXPECT_EQ(error("extends: loop.yaml\n"), "loop.yaml:2:10: extends: arch.yaml: extends itself");
}

TEST_F(ArchitectureFile, KeysThatDoNotFitTogether) {
  EXPECT_NE(error(replaced("out: {bytes: 32768", "out: {bytes: 4096"))
                .find("buffers.out.bytes: 4096; wanted room for a fold's outputs, 4096 bytes, in each half"),
            std::string::npos);
  EXPECT_NE(error(replaced("fprop_product: int4_mul", "fprop_product: shift")).find("wanted a product of int4 x int4"),
            std::string::npos);
  EXPECT_NE(
      error(replaced("bprop_product: shift", "bprop_product: int4_mul"))
          .find("array.bprop_product: int4_mul; wanted a product of int4 x fp4_e3m0: shift or fp7_mul or mf_bprop"),
      std::string::npos);
  const auto reason = [this](std::vector<std::string> changes) { return error(default_text(), changes); };
  EXPECT_NE(reason({"formats.gradient=fp8_e5m2"}).find("wanted a product of int4 x fp8_e5m2: int4_fp8_mul"),
            std::string::npos);
  EXPECT_NE(reason({"formats.forward=bf16"}).find("wanted a product of bf16 x bf16: bf16_mul"), std::string::npos);
  const std::vector<std::string> int8{"formats.forward=int8", "formats.gradient=int8", "array.fprop_product=int8_mul",
                                      "array.bprop_product=int8_mul"};
  EXPECT_EQ(reason(int8), "");
  auto changes = int8;
  changes.emplace_back("array.accumulator=fp32");
  EXPECT_NE(reason(changes).find("array.accumulator: fp32; wanted one that sums int8_mul: int24 or int32"),
            std::string::npos);
  changes = int8;
  changes.emplace_back("array.zero_skip=gate");
  EXPECT_NE(reason(changes).find("array.zero_skip: gate; wanted none"), std::string::npos);
  const std::vector<std::string> fp32{"formats.forward=fp32",         "formats.gradient=fp32",
                                      "array.fprop_product=fp32_mul", "array.bprop_product=fp32_mul",
                                      "array.accumulator=fp32",       "array.lanes=2"};
  EXPECT_NE(reason(fp32).find("array.lanes: 2; wanted 1"), std::string::npos);
}

TEST(OperandFormats, TakeTheRoomOfTheirCodesAndScales) {
  const auto bytes = [](OperandFormat format, std::uint64_t elements) { return operand_size(format).bytes(elements); };
  EXPECT_EQ(bytes(OperandFormat::int4, 7), 4U);
  EXPECT_EQ(bytes(OperandFormat::int8, 7), 7U);
  EXPECT_EQ(bytes(OperandFormat::fp32, 7), 28U);
  EXPECT_EQ(bytes(OperandFormat::mxfp4, 32), 17U);
  EXPECT_EQ(bytes(OperandFormat::nvfp4, 32), 18U);
  EXPECT_EQ(bytes(OperandFormat::nvfp4, 64 + 1), 37U);
  EXPECT_EQ(bytes(OperandFormat::fp32, std::uint64_t{1} << 60), std::uint64_t{1} << 62);
  EXPECT_EQ(operand_size(OperandFormat::mxfp4).elements_in(170), 320U);
}

TEST(OperandFormats, EveryFormatHasAProductWithItself) {
  for (const std::string_view name : EnumNames<OperandFormat>::names) {
    const OperandFormat f = *from_name<OperandFormat>(name);
    const bool gradients_alone = f == OperandFormat::fp4_e3m0 || f == OperandFormat::fp4_radix4;
    int products = 0;
    for (const std::string_view product : EnumNames<Product>::names)
      products += takes(*from_name<Product>(product), f, gradients_alone ? OperandFormat::int4 : f) ? 1 : 0;
    EXPECT_GE(products, 1) << name;
  }
}

TEST_F(ArchitectureFile, ExtendsADesignByName) {
  const fs::path base = write("base.yaml", default_text());
  const auto find = [&](const std::string& name) { return name == "default" ? base : fs::path(name); };
  EXPECT_EQ(load_architecture(write("top.yaml", "extends: default\narray: {cols: 16}\n"), {}, find).array.cols, 16U);
  // A name with an extension is a file's.
  EXPECT_THROW(load_architecture(write("other.yaml", "extends: default.yaml\n"), {}, find), ArchitectureError);
}

TEST_F(ArchitectureFile, LayersAndOverridesReplaceKeys) {
  write("base.yaml", default_text());
  const fs::path top = write("top.yaml", "extends: base.yaml\narray: {cols: 16}\n");
  const std::vector<std::string> overrides{"array.rows=8", "array.accumulator=fp16"};
  const Architecture a = load_architecture(top, overrides);
  EXPECT_EQ(a.array.rows, 8U);
  EXPECT_EQ(a.array.cols, 16U);
  EXPECT_EQ(a.array.accumulator.kind, AccumulatorKind::fp16);
  EXPECT_EQ(error(default_text(), {"array.rows"}), "--set array.rows: wanted KEY=VALUE, for example array.rows=64");
  EXPECT_EQ(error(default_text(), {"array.rows=0"}),
            "--set array.rows=0: array.rows: 0; wanted an integer from 1 to 1024");
  EXPECT_EQ(error(default_text(), {"array=0"}), "--set array=0: array: a section; wanted one of its keys");
}

TEST(Schema, NamesEveryKeyWithItsRange) {
  const auto schema = boost::json::parse(architecture_schema());
  const auto& rows = schema.at_pointer("/properties/array/properties/rows");
  EXPECT_EQ(rows.at("minimum"), 1);
  EXPECT_EQ(rows.at("maximum"), 1024);
  EXPECT_EQ(schema.at_pointer("/properties/array/properties/accumulator/enum").as_array().size(), 8U);
  EXPECT_EQ(schema.at_pointer("/properties/buffers/additionalProperties"), false);
}

TEST_F(ArchitectureFile, OneDocumentOfBoundedSize) {
  EXPECT_EQ(error("extends: default.yaml\n---\narray: {rows: 64}\n"),
            "arch.yaml: more than one YAML document; wanted an architecture YAML file");
  EXPECT_EQ(error("# " + std::string(std::size_t{1} << 22, 'x')), "arch.yaml: too large; wanted at most 4194304 bytes");
  EXPECT_NE(error("extends: /dev/zero\n").find("/dev/zero: too large; wanted at most 4194304 bytes"),
            std::string::npos);
}

TEST_F(ArchitectureFile, MessagesAreOneShortLine) {
  EXPECT_EQ(error(replaced("rows: 32", "rows: " + std::string(5000, 'x'))),
            "arch.yaml:5:9: array.rows: " + std::string(100, 'x') + "...; wanted an integer from 1 to 1024");
  EXPECT_EQ(error(replaced("rows: 32", "rows: \"\\e[2J\\n\"")),
            "arch.yaml:5:9: array.rows: \\x1b[2J\\x0a; wanted an integer from 1 to 1024");
  const std::string text = "a text that is not empty and has no control characters";
  EXPECT_EQ(error(replaced("rows: 32", "\"r\\x9b\": 32")),
            "arch.yaml:5:3: unknown key array.r\\xc2\\x9b; did you mean array.rows?");
  EXPECT_EQ(error(replaced("rows: 32", "\"\\e\": 1\n  \"\\e\": 1")).find("arch.yaml:5:3: unknown key array.\\x1b; did"),
            0U);
  EXPECT_EQ(error("extends: \"\\e[2J\"\n"), "arch.yaml:1:10: extends: \\x1b[2J; wanted " + text);
  EXPECT_EQ(error("extends: [a]\n"), "arch.yaml:1:10: extends: wanted " + text);
  EXPECT_EQ(error("name: \"a\\nb\"\n"), "arch.yaml:1:7: name: a\\x0ab; wanted " + text);
  EXPECT_EQ(error(default_text(), {"name=\x1b"}), "--set name=\\x1b: name: \\x1b; wanted " + text);
  EXPECT_EQ(error(default_text(), {"\x1b"}), "--set \\x1b: wanted KEY=VALUE, for example array.rows=64");
  const std::string message = error(replaced("rows: 32", "\"" + std::string(5000, 'y') + "\": 32"));
  EXPECT_LT(message.size(), 250U) << message;
}

}  // namespace
}  // namespace luqsim
