// Bad input: exit status 2 and a message that names what is wrong.
#include <cstring>

#include "luqsim_folder.h"

namespace luqsim {
namespace {

using BadInput = test::LuqsimFolder;

TEST_F(BadInput, FilesThatCannotBeWrittenAreErrors) {
  write_trace();
  expect_bad_input("run default t.safetensors --timeline /nowhere/t.json",
                   "cannot write /nowhere/t.json: No such file or directory");
  expect_bad_input("run default t.safetensors --vcd /nowhere/w.vcd",
                   "cannot write /nowhere/w.vcd: No such file or directory");
  expect_bad_input("run default t.safetensors --fidelity rtl", "--fidelity");
}

TEST_F(BadInput, BadArchitecturesAndArguments) {
  write_trace();
  write("unknown.yaml", "extends: " LUQSIM_SOURCE_DIR "/configs/arch/default.yaml\narray: {colums: 3}\n");
  expect_bad_input("run unknown.yaml t.safetensors",
                   "unknown.yaml:2:9: unknown key array.colums; did you mean array.cols?");
  write("section.yaml", "extends: default\nary: {rows: 3}\n");
  expect_bad_input("run section.yaml t.safetensors", "section.yaml:2:1: unknown key ary; did you mean array?");
  expect_bad_input("run default t.safetensors --set buffer.a=3", "unknown key buffer.a; did you mean buffers.a?");
  write("extends.yaml", "name: x\nextends: defualt\n");
  expect_bad_input("run extends.yaml t.safetensors",
                   "extends.yaml:2:10: extends: defualt: no file, and no bundled name; did you mean default?");
  expect_bad_input("run default t.safetensors --set array.rows=0", "array.rows: 0; wanted an integer from 1 to 1024");
  expect_bad_input("run default t.safetensors --set array.rows=1000000000",
                   "array.rows: 1000000000; wanted an integer from 1 to 1024");
  expect_bad_input("run default none.safetensors", "none.safetensors");
  expect_bad_input("run none.yaml t.safetensors", "none.yaml: cannot be read");
  expect_bad_input("run default .", "regular file");
  expect_bad_input("fly", "not expected: fly");
  expect_bad_input("run default t.safetensors --no-such-option", "no-such-option");
  expect_bad_input("run default t.safetensors -o t.safetensors", "t.safetensors");
}

TEST_F(BadInput, NamesThatAreNone) {
  write_trace();
  const std::string none = ": no file, and no bundled name; ";
  expect_bad_input("run defualt t.safetensors", "luqsim: defualt" + none + "did you mean default?");
  expect_bad_input("run default resnet-50", "luqsim: resnet-50" + none + "did you mean resnet50?");
  expect_bad_input("run default gpt-1.3", "gpt-1.3" + none + "did you mean gpt-1.3b?");
  expect_bad_input("validate digit-mlp", "digit-mlp" + none + "did you mean digits-mlp?");
  expect_bad_input("sweep array-size", "array-size" + none + "did you mean array-sizes?");
  expect_bad_input("compare default strange --trace t.safetensors",
                   "strange" + none + "wanted a file or a bundled design: luqsim list designs");
  expect_bad_input(
      "validate resnet18",
      "luqsim: resnet18: a bundled workload (layers by shape: run, compare, inspect, import); wanted a file "
      "or a bundled trace");
  expect_bad_input("run resnet18", "resnet18: a bundled workload (");
  expect_bad_input("sweep default", "default: a bundled design (run, compare, area); wanted a file or a bundled sweep");
}

TEST_F(BadInput, TruncatedTracesAreErrorsAtEveryLength) {
  const std::string bytes = write_trace();
  for (std::size_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
    write("cut.safetensors", bytes.substr(0, bytes.size() * sixteenth / 16));
    expect_bad_input("run default cut.safetensors", "cut.safetensors");
  }
}

TEST_F(BadInput, HostileHeaders) {
  const std::string good = write_trace();
  const auto with_header_size = [&](std::uint64_t size) {
    std::string bytes = good;
    std::memcpy(bytes.data(), &size, sizeof size);
    return bytes;
  };
  write("huge.safetensors", with_header_size(std::uint64_t{1} << 63));
  expect_bad_input("run default huge.safetensors", "huge.safetensors");
  write("all.safetensors", with_header_size(~std::uint64_t{0}));
  expect_bad_input("run default all.safetensors", "all.safetensors");

  const auto with_edit = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    const std::size_t at = bytes.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    EXPECT_EQ(from.size(), to.size());
    return bytes.replace(at, from.size(), to);
  };
  write("dtype.safetensors", with_edit("\"dtype\":\"F32\"", "\"dtype\":\"F99\""));
  expect_bad_input("run default dtype.safetensors", "F99");
  write("overlap.safetensors", with_edit("\"data_offsets\":[560,", "\"data_offsets\":[556,"));
  expect_bad_input("run default overlap.safetensors", "overlap.safetensors");
  write("source.safetensors",
        with_edit("\\\"source\\\":\\\"fprop.a.source\\\"", "\\\"source\\\":\\\"fprop.a.sauce!\\\""));
  expect_bad_input("run default source.safetensors", "record 0 ('fprop'): a.source");
}

TEST_F(BadInput, NanSourceIsNamed) {
  std::string bytes = write_trace();
  const std::uint32_t nan = 0x7FC00000;
  std::memcpy(&bytes[test::tensor_offset(file("t.safetensors"), "fprop.a.source") + 4 * 7], &nan, sizeof nan);
  write("nan.safetensors", bytes);
  expect_bad_input("run default nan.safetensors", "record fprop, operand a, source fprop.a.source: element 7 is nan");
}

TEST_F(BadInput, MoreSamplesThanParallelLanesMake) {
  std::mt19937 random(9);
  TraceWriter writer(file("smp.safetensors"), {.backend = "cpu"});
  test::add_random_record(writer, "w", {.pass = Pass::wgrad, .m = 4, .n = 4, .k = 4, .samples = 2}, random);
  writer.commit();
  expect_bad_input("run default smp.safetensors --set quantizer.smp=parallel",
                   "smp.safetensors: record w, operand b: the design has quantizer.smp: parallel with "
                   "quantizer.samples: 1; wanted at least the 2 samples of the operand, or smp: serial");
}

}  // namespace
}  // namespace luqsim
