// What validation reports, on traces that are right, damaged, partial or not finite.
#include "luqsim/validate/validate.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "luqsim/traces/trace_writer.h"
#include "luqsim/validate/diagnose.h"

#include "kernel.h"
#include "random_trace.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

std::vector<RecordReport> reports(const std::filesystem::path& path, int threads = 1) {
  std::vector<RecordReport> all;
  validate(Trace::open(path), {threads}, [&](RecordReport r) { all.push_back(std::move(r)); });
  return all;
}

class Validate : public testing::Test {
 protected:
  std::filesystem::path kernel(const test::KernelInput& input) {
    const auto path = folder_ / "t.safetensors";
    test::run_kernel(input, {}, path);
    return path;
  }

  test::TemporaryFolder folder_;
};

TEST_F(Validate, BundledTracesAreBitExact) {
  for (const char* name : {"digits-mlp", "digits-cnn", "char-gpt"}) {
    std::uint64_t records = 0, checks = 0;
    for (const RecordReport& r : reports(std::string(LUQSIM_TEST_SAMPLES "/") + name + ".safetensors")) {
      EXPECT_EQ(r.mismatches(), 0U) << r.id;
      EXPECT_TRUE(r.unchecked.empty());
      ++records;
      checks += r.checks.size();
    }
    EXPECT_GE(records, 6U);
    EXPECT_EQ(checks, 4 * records) << "two scales a record, one output, and codes once";
  }
}

// Rows longer than a piece, of odd and even length, and many threads.
TEST_F(Validate, LongRowsGoInPieces) {
  for (const auto& [rows, cols] : {std::pair<std::uint64_t, std::uint64_t>{2, 300001}, {3, 300000}, {1200, 501}}) {
    const auto path = kernel(test::normal_input(rows, 1, cols));
    for (const int threads : {1, 3}) EXPECT_EQ(reports(path, threads)[0].mismatches(), 0U) << rows << " x " << cols;
  }
}

TEST_F(Validate, PaddingNibblesCount) {
  const auto path = kernel(test::normal_input(3, 2, 5));
  std::vector<char> bytes(std::filesystem::file_size(path));
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const std::uint64_t begin = test::tensor_offset(path, Trace::open(path).records()[0].b.codes[0]);
  bytes[begin + 5] = static_cast<char>(bytes[begin + 5] | 0x30);  // the last byte of row 1
  std::ofstream(folder_ / "bad.safetensors", std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const RecordReport report = reports(folder_ / "bad.safetensors")[0];
  ASSERT_EQ(report.mismatches(), 1U);
  EXPECT_EQ(report.checks[3].tensor, "d.codes0");
  const Mismatch& m = report.checks[3].some.at(0);
  EXPECT_EQ(m.row, 1U);
  EXPECT_EQ(m.col, 5U);
  EXPECT_EQ(m.expected, 0U);
  EXPECT_EQ(m.actual, 3U);
  EXPECT_FALSE(m.input.has_value());
}

// Scales, outputs and two samples: the writer's own values, one of them changed.
TEST_F(Validate, AScaleAnUlpOffIsFound) {
  const std::vector<float> x{1, -2, 3, 0.25F}, w{1, 2, -3, 1};
  const LuqConfig luq;
  const RandomStream stream{1, 2, 3, 0};
  const LuqResult d = luq_quantize(x, 2, 2, luq, stream);
  const SawbResult q = sawb_quantize(w, 2, 2);
  for (const int ulps : {0, 1}) {
    TraceWriter writer(folder_ / "s.safetensors", {.backend = "cpu"});
    Record r;
    r.id = "one";
    r.pass = Pass::dgrad;
    r.m = r.n = r.k = 2;
    r.a = {
        .format = Format::fp4_e3m0,
        .rows = 2,
        .cols = 2,
        .scale = std::bit_cast<float>(std::bit_cast<std::uint32_t>(d.scale.alpha) + static_cast<std::uint32_t>(ulps)),
        .quantization = LuqQuantization{luq, stream, {}},
        .codes = {"d"},
        .source = "x"};
    r.b = {.format = Format::int4,
           .rows = 2,
           .cols = 2,
           .scale = q.scale,
           .quantization = SawbQuantization{},
           .codes = {"q"},
           .source = "w"};
    writer.add("x", x, 2, 2);
    writer.add("w", w, 2, 2);
    writer.add("d", d.codes.view());
    writer.add("q", q.codes.view());
    writer.add(r);
    writer.commit();
    const RecordReport report = reports(folder_ / "s.safetensors")[0];
    EXPECT_EQ(report.mismatches(), static_cast<std::uint64_t>(ulps));
    EXPECT_EQ(report.checks.size(), 4U) << "no output, no check of it";
    EXPECT_EQ(report.checks[0].mismatches, static_cast<std::uint64_t>(ulps));
  }
}

TEST_F(Validate, ASourceWithNaNHasNoCodes) {
  const auto path = kernel(test::normal_input(4, 2, 6));
  std::vector<char> bytes(std::filesystem::file_size(path));
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + test::tensor_offset(path, "d") + std::size_t{4} * 17, &nan, 4);
  std::ofstream(folder_ / "bad.safetensors", std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const RecordReport report = reports(folder_ / "bad.safetensors")[0];
  EXPECT_EQ(report.mismatches(), 1U);
  EXPECT_EQ(report.checks[2].problem, "source 'd' holds NaN or infinity at element 17: no codes are specified");
}

// Cut short anywhere, or with bytes of its header changed, a trace is refused or validated: no crash, no hang.
TEST_F(Validate, HostileTraces) {
  const auto path = kernel(test::normal_input(12, 5, 7));
  std::string bytes(std::filesystem::file_size(path), 0);
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::mt19937_64 random(3);
  std::uint64_t refused = 0, validated = 0;
  const auto attempt = [&](const std::string& hostile) {
    std::ofstream(folder_ / "h.safetensors", std::ios::binary) << hostile;
    try {
      const Trace trace = Trace::open(folder_ / "h.safetensors");
      std::size_t record = 0;
      validate(trace, {1},
               [&](const RecordReport& report) { diagnose(trace, trace.records()[record++], report, {1}); });
      ++validated;
    } catch (const TraceError&) {
      ++refused;
    }
  };
  for (int i = 0; i < 100; ++i) attempt(bytes.substr(0, random() % bytes.size()));
  for (int i = 0; i < 1500; ++i) {
    std::string hostile = bytes;
    for (std::uint64_t n = 1 + random() % 3; n > 0; --n) {
      const std::uint64_t at = random() % (8 + header);
      hostile[at] = random() % 2 == 0 ? static_cast<char>('0' + random() % 10) : static_cast<char>(random());
    }
    attempt(hostile);
  }
  EXPECT_GT(refused, 500U);
  EXPECT_GT(validated, 20U) << "some changes leave a valid trace";
}

}  // namespace
}  // namespace luqsim
