// Waveforms of the command run, read back: what every unit and PE did in which cycle.
#include <filesystem>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "luqsim_folder.h"

namespace luqsim {
namespace {

namespace json = boost::json;
using Waveforms = test::LuqsimFolder;

// A value change dump: every signal's changes, in time units, by the signal's full name ("array.activity").
class ValueChanges {
 public:
  using Changes = std::vector<std::pair<std::uint64_t, std::string>>;

  explicit ValueChanges(const std::string& text) {
    std::istringstream lines(text);
    std::vector<std::string> scopes;
    bool defined = false;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream stream(line);
      const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
      if (words.empty()) continue;
      if (defined) change(words);
      if (words[0] == "$scope") scopes.push_back(words.at(2));
      if (words[0] == "$upscope") scopes.pop_back();
      if (words[0] == "$var") names_[words.at(3)] = full_name(scopes, words.at(4));
      defined = defined || words[0] == "$enddefinitions";
    }
  }

  const Changes& of(const std::string& signal) const { return changes_.at(signal); }
  bool has(const std::string& signal) const { return changes_.contains(signal); }
  std::uint64_t end() const { return end_; }

 private:
  // "#120": a time. "b101 aaac": the bits of a signal. "1aaac": its only bit. Numbers ("r0.5 aaac") are left out.
  void change(const std::vector<std::string>& words) {
    const std::string& first = words[0];
    if (first[0] == '#') end_ = std::stoull(first.substr(1));
    if (first[0] == 'b') changes_[names_.at(words.at(1))].emplace_back(end_, first.substr(1));
    if (first[0] == '0' || first[0] == '1') changes_[names_.at(first.substr(1))].emplace_back(end_, first.substr(0, 1));
  }

  // Below SystemC's own scope.
  static std::string full_name(const std::vector<std::string>& scopes, const std::string& signal) {
    std::string name;
    for (std::size_t i = 1; i < scopes.size(); ++i) name += scopes[i] + ".";
    return name + signal;
  }

  std::map<std::string, std::string> names_;  // by the dump's short ones
  std::map<std::string, Changes> changes_;
  std::uint64_t end_ = 0;
};

// Activities in the order of their numbers in docs/cycle-model.md.
constexpr const char* activities[] = {"busy", "dram_read", "dram_write", "buffer_full", "bank_conflict",
                                      "fill", "drain",     "quantizer",  "statistics",  "none"};

// Cycles of a unit by activity; a cycle is two time units, at whose first the units act.
std::map<std::string, std::uint64_t> cycles_of(const ValueChanges& waveforms, const std::string& unit) {
  std::map<std::string, std::uint64_t> cycles;
  const ValueChanges::Changes& changes = waveforms.of(unit + ".activity");
  EXPECT_EQ(changes.front().first, 0U) << unit;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::uint64_t begin = changes[i].first;
    const std::uint64_t end = i + 1 < changes.size() ? changes[i + 1].first : waveforms.end();
    EXPECT_EQ(begin % 2, 0U) << unit;
    cycles[activities[std::stoul(changes[i].second, nullptr, 2)]] += (end - begin) / 2;
  }
  return cycles;
}

// What a transfer waited and moved is known when it ends: until then the waveform of a DMA shows the wait.
void count_transfers_as_waiting(std::map<std::string, std::uint64_t>& cycles, const std::string& unit) {
  if (unit != "load_a" && unit != "load_b" && unit != "store") return;
  cycles[unit == "store" ? "dram_write" : "dram_read"] += std::exchange(cycles["busy"], 0);
}

TEST_F(Waveforms, CyclesOfEveryUnitAreThoseOfTheResults) {
  write_trace();
  const test::ProgramResult run =
      luqsim("run default t.safetensors --json --set array.rows=4 --set array.cols=3 --vcd wave.vcd");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const ValueChanges waveforms(read("wave.vcd"));
  const json::value total = json::parse(run.out).at("total");
  EXPECT_EQ(waveforms.end(), 2 * total.at("cycles").to_number<std::uint64_t>());
  EXPECT_EQ(total.at("units").as_array().size(), 6U);
  EXPECT_TRUE(waveforms.has("controller.activity"));
  for (const json::value& unit : total.at("units").as_array()) {
    const std::string name = unit.at("unit").as_string().c_str();
    auto expected = json::value_to<std::map<std::string, std::uint64_t>>(unit.at("cycles"));
    count_transfers_as_waiting(expected, name);
    auto shown = cycles_of(waveforms, name);
    for (const char* activity : activities) EXPECT_EQ(shown[activity], expected[activity]) << name << " " << activity;
  }
  EXPECT_FALSE(std::filesystem::exists(file("wave.vcd.vcd")));
}

// docs/cycle-model.md, "By the clock": step k enters row i in cycle i + k and column j in cycle j + k.
TEST_F(Waveforms, EveryPeMultipliesItsStepsInItsCycles) {
  write("fold.csv", "Layer, M, N, K,\nfold, 3, 2, 4,\n");
  const std::string fold = "run default fold.csv --passes fprop --set array.rows=3 --set array.cols=2 ";
  ASSERT_EQ(luqsim(fold + "--vcd wave.vcd").exit_code, 0);
  ASSERT_EQ(luqsim(fold + "--vcd pe.vcd --fidelity pe").exit_code, 0);
  EXPECT_FALSE(ValueChanges(read("wave.vcd")).has("array.pe_0_0.a.valid"));
  const ValueChanges pe(read("pe.vcd"));
  const std::uint64_t first = pe.of("array.pe_0_0.a.valid").at(1).first;
  EXPECT_EQ(first % 2, 1U) << "registers change in the middle of a cycle";
  for (std::uint64_t i = 0; i < 3; ++i)
    for (std::uint64_t j = 0; j < 2; ++j)
      for (const char* side : {".a.valid", ".b.valid"}) {
        const std::string name = "array.pe_" + std::to_string(i) + "_" + std::to_string(j) + side;
        const std::uint64_t begin = first + 2 * (i + j);
        EXPECT_EQ(pe.of(name), (ValueChanges::Changes{{0, "0"}, {begin, "1"}, {begin + 2 * 4, "0"}})) << name;
      }
  EXPECT_FALSE(pe.has("array.pe_3_0.a.valid"));
}

}  // namespace
}  // namespace luqsim
