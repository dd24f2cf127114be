// The other commands as users meet them.
#include <sstream>

#include "luqsim_folder.h"

namespace luqsim {
namespace {

namespace json = boost::json;
using test::ProgramResult;
using App = test::LuqsimFolder;

TEST_F(App, AreaShowsPartsAndPes) {
  const ProgramResult text = luqsim("area standard-fp32 default");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  for (const char* part :
       {"standard-fp32-32x32: ", "shift-int24-32x32: ", "accumulators", "scratchpads", "mm2 in 28 nm",
        "MF-BPROP + fp32", "dual mode + int24", "combinational    sequential        SRAM",
        "accumulators           391 kGE  16.4%          246 kGE       145 kGE           -\n",
        "accumulator fp32: exact K 37,449, with products up to 448\n",
        "accumulator int24: exact K 18,724, with products up to 448\n",
        "block by itself              paper *   synthesised\n"
        "casts + FP7 multiplier           264            73\n"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
  EXPECT_NE(luqsim("area bf16").out.find("accumulator fp32: no exact K"), std::string::npos);
}

TEST_F(App, AreaAsJson) {
  const json::value designs = json::parse(luqsim("area default bf16 --json --set array.rows=16").out);
  for (const json::value& design : designs.as_array())
    for (const auto& [part, gates] : design.at("parts").as_object()) {
      double kinds = 0;
      for (const char* kind : {"combinational", "sequential", "sram"})
        kinds += design.at("kinds").at(part).at(kind).to_number<double>();
      EXPECT_NEAR(kinds, gates.to_number<double>(), 1e-9 * kinds) << part;
    }
  EXPECT_NEAR(designs.at(0).at("kinds").at("accumulators").at("sequential").to_number<double>(),
              16 * 32 * designs.at(0).at("pe").at("sequential").to_number<double>(), 1e-6);
  EXPECT_EQ(designs.at(0).at("accumulator"), "int24");
  EXPECT_EQ(designs.at(0).at("exact_terms"), 18724);
  EXPECT_TRUE(designs.at(1).at("exact_terms").is_null());
  EXPECT_EQ(designs.at(0).at("paper_estimates").at(1).at("block"), "MF-BPROP");
  EXPECT_EQ(designs.at(0).at("paper_estimates").at(1).at("paper").to_number<double>(), 49);
  double sum = 0;
  for (const auto& [part, gates] : designs.at(0).at("parts").as_object()) sum += gates.to_number<double>();
  EXPECT_NEAR(designs.at(0).at("gates").to_number<double>(), sum, 1e-6 * sum);
  EXPECT_NEAR(designs.at(0).at("parts").at("accumulators").to_number<double>(),
              16 * 32 * designs.at(0).at("pe").at("accumulator").to_number<double>(), 1e-6);
  expect_bad_input("area nowhere", "nowhere");
}

TEST_F(App, InspectShowsRecordsAndHistograms) {
  write_trace();
  const ProgramResult text = luqsim("inspect t.safetensors");
  EXPECT_EQ(text.exit_code, 0);
  for (const char* part : {"3 records", "dgrad", "M 10 N 12 K 14", "fp4_e3m0", "% zero", "recorded on cpu"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
  const json::value parsed = json::parse(luqsim("inspect t.safetensors --json").out);
  std::uint64_t codes = 0;
  for (const json::value& count : parsed.at_pointer("/records/1/a/samples/0/histogram").as_array())
    codes += count.to_number<std::uint64_t>();
  EXPECT_EQ(codes, 10U * 14U);
}

TEST_F(App, InspectSaysThatLayersByShapeWereNotRecorded) {
  write("net.csv", "Layer, M, N, K,\nfc1, 8, 8, 8,\n");
  EXPECT_TRUE(luqsim("inspect net.csv").out.starts_with("net.csv: 3 records\nnetwork net, shapes only\n\n"));
  ASSERT_EQ(luqsim("import net.csv -o net.safetensors").exit_code, 0);
  const std::string imported = luqsim("inspect net.safetensors").out;
  EXPECT_NE(imported.find(" bytes, 3 records\nnetwork net, shapes only\n\n"), std::string::npos) << imported;
}

TEST_F(App, ValidateSaysWhatDiffersAndWhy) {
  const std::string bytes = write_trace();
  const ProgramResult good = luqsim("validate t.safetensors --junit good.xml");
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_NE(good.out.find("3 records, "), std::string::npos) << good.out;
  EXPECT_NE(good.out.find("all bit-exact\n"), std::string::npos) << good.out;
  EXPECT_NE(read("good.xml").find("tests=\"3\" failures=\"0\" skipped=\"0\""), std::string::npos) << read("good.xml");

  const Trace trace = Trace::open(file("t.safetensors"));
  const Record& record = trace.records()[1];
  std::string bad = bytes;
  const auto codes = trace.codes(record.a).bytes;
  const std::size_t at = bytes.find(std::string(codes.begin(), codes.end()));
  bad[at] = static_cast<char>(bad[at] ^ 1);
  write("bad.safetensors", bad);
  const ProgramResult result = luqsim("validate bad.safetensors --diagnose --junit bad.xml");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.out.find("DIFFER dgrad"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("codes " + record.a.codes[0] + ": 1 of "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("first [0, 0]: x = 0x"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find(": unexplained; closest is the specification, which leaves 1 differences"),
            std::string::npos)
      << result.out;
  EXPECT_NE(read("bad.xml").find("failures=\"1\""), std::string::npos) << read("bad.xml");

  const ProgramResult as_json = luqsim("validate bad.safetensors --diagnose --json");
  EXPECT_EQ(as_json.exit_code, 1);
  const json::object root = json::parse(as_json.out).as_object();
  EXPECT_EQ(root.at("schema").as_string(), "luqsim-validation-1");
  const json::object& second = root.at("records").as_array()[1].as_object();
  EXPECT_EQ(second.at("diagnoses").as_array()[0].as_object().at("left").as_int64(), 1);

  expect_bad_input("validate nothing.safetensors", "nothing.safetensors");
  expect_bad_input("validate t.safetensors --threads 0", "--threads");
  const ProgramResult unwritable = luqsim("validate t.safetensors --junit no/such/folder.xml");
  EXPECT_EQ(unwritable.exit_code, 2);
  EXPECT_NE(unwritable.err.find("no/such/folder.xml"), std::string::npos) << unwritable.err;
}

// Codes alone: with no source and no output there is nothing to compare them with.
TEST_F(App, ValidateClaimsNothingOfWhatItCannotRecompute) {
  const auto write_codes = [this](const std::string& name, bool with_output) {
    TraceWriter writer(file(name), {.backend = "cpu"});
    for (const std::string id : {"first", "second"}) {
      Record record{.id = id, .m = 2, .n = 2, .k = 2};
      for (Operand* operand : {&record.a, &record.b}) {
        operand->rows = operand->cols = 2;
        operand->codes = {writer.add(id + (operand == &record.a ? ".a" : ".b"),
                                     pack_levels(Format::int4, 2, 2, std::vector<std::int8_t>(4, 1)).view())};
      }
      if (with_output && id == "second") record.out = writer.add("out", std::vector<float>(4, 2.0F), 2, 2);
      writer.add(std::move(record));
    }
    writer.commit();
  };
  write_codes("codes.safetensors", false);
  const ProgramResult none = luqsim("validate codes.safetensors --junit none.xml");
  EXPECT_EQ(none.exit_code, 0) << none.err;
  EXPECT_EQ(none.out.find("ok "), std::string::npos) << none.out;
  EXPECT_NE(none.out.find("none   first "), std::string::npos) << none.out;
  EXPECT_NE(none.out.find("0 elements, nothing to recompute, without source: first.a, first.b\n"), std::string::npos)
      << none.out;
  EXPECT_NE(none.out.find("2 records, 0 tensors, 0 elements: nothing was compared; 4 code tensors have no source"),
            std::string::npos)
      << none.out;
  EXPECT_NE(read("none.xml").find("tests=\"2\" failures=\"0\" skipped=\"2\""), std::string::npos) << read("none.xml");

  write_codes("half.safetensors", true);
  const ProgramResult half = luqsim("validate half.safetensors --junit half.xml");
  EXPECT_EQ(half.exit_code, 0) << half.err;
  EXPECT_NE(half.out.find("none   first "), std::string::npos) << half.out;
  EXPECT_NE(half.out.find("ok     second "), std::string::npos) << half.out;
  EXPECT_NE(half.out.find("1 tensors, 4 elements: all bit-exact; nothing was compared in 1 records; 4 code tensors"),
            std::string::npos)
      << half.out;
  EXPECT_NE(read("half.xml").find("skipped=\"1\""), std::string::npos) << read("half.xml");
}

// Threads compare tiles of an output in any order: what is reported, first differences included, is the same.
TEST_F(App, ValidateDoesNotDependOnThreads) {
  constexpr std::uint64_t side = 300;
  std::mt19937 random(9);
  TraceWriter writer(file("large.safetensors"), {.backend = "cpu"});
  test::add_random_record(writer, "d", {.pass = Pass::dgrad, .m = side, .n = side, .k = 8}, random);
  writer.commit();
  std::string bytes = read("large.safetensors");
  const std::uint64_t out = test::tensor_offset(file("large.safetensors"), "d.out");
  for (std::uint64_t i = 0; i < side * side; i += 41) bytes[out + i * sizeof(float)] ^= 1;
  write("large.safetensors", bytes);
  const auto validate = [this](const std::string& threads) {
    const ProgramResult result = luqsim("validate large.safetensors --json --threads " + threads);
    EXPECT_EQ(result.exit_code, 1) << result.err;
    return result.out;
  };
  const std::string alone = validate("1");
  EXPECT_EQ(json::parse(alone).at("mismatches"), (side * side + 40) / 41);
  for (const char* threads : {"2", "4", "7"}) EXPECT_EQ(validate(threads), alone) << threads;
}

TEST_F(App, HelpVersionAndSchema) {
  EXPECT_EQ(luqsim("--help").exit_code, 0);
  EXPECT_EQ(luqsim("run --help").exit_code, 0);
  const ProgramResult command = luqsim("version"), option = luqsim("--version");
  EXPECT_EQ(command.exit_code, 0) << command.err;
  EXPECT_NE(command.out.find("luqsim 0."), std::string::npos);
  EXPECT_EQ(option.exit_code, 0) << option.err;
  EXPECT_EQ(option.out, command.out);
  EXPECT_NO_THROW(json::parse(luqsim("schema").out));
}

TEST_F(App, EveryCommandOfTheHelpHasAnExample) {
  std::istringstream help(luqsim("--help").out);
  std::size_t commands = 0;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    listed = listed && !line.empty();
    if (listed) {
      const std::string name = line.substr(2, line.find(' ', 2) - 2);
      EXPECT_NE(luqsim(name + " --help").out.find("\nExample: luqsim " + name), std::string::npos) << name;
      ++commands;
    }
    listed = listed || line == "Subcommands:";
  }
  EXPECT_EQ(commands, 12U);
}

TEST_F(App, ListNamesWhatIsBundled) {
  EXPECT_TRUE(luqsim("list designs").out.starts_with("default\n"));
  EXPECT_EQ(luqsim("list traces").out, "char-gpt\ndigits-cnn\ndigits-mlp\n");
  EXPECT_NE(luqsim("list").out.find("recipes (luqtrain --recipe):\n  char-gpt\n"), std::string::npos);
  expect_bad_input("list nothing", "nothing");
}

TEST_F(App, ADesignExtendsABundledOneByName) {
  write("mine.yaml", "extends: default\nname: mine\n");
  EXPECT_TRUE(luqsim("area mine.yaml").out.starts_with("mine: "));
  write("sweep.yaml", "base: mine.yaml\nworkloads: [digits-mlp]\ngrid: {array.rows: [8]}\n");
  EXPECT_EQ(luqsim("sweep sweep.yaml -o sweep.sqlite").exit_code, 0);
  write("bad.yaml", "extends: none\n");
  expect_bad_input("area bad.yaml", "bad.yaml:1:10: extends: none: no file, and no bundled name");
}

}  // namespace
}  // namespace luqsim
