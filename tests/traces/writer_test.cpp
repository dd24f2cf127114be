// The writer: all or nothing under the trace's name, and nothing beside it.
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "trace_files.h"

namespace luqsim {
namespace {
namespace fs = std::filesystem;

class Writer : public testing::Test {
 protected:
  template <class Action>
  static std::string trace_error(Action action) {
    try {
      action();
    } catch (const TraceError& error) {
      return error.what();
    }
    return "no error";
  }

  const std::vector<std::string> only_trace_{"t"};
  test::TemporaryFolder folder_;
  const fs::path path_ = folder_ / "t";
};

TEST_F(Writer, AbandonedTraceLeavesTheOlderOne) {
  test::write_bytes(path_, "older");
  {
    TraceWriter writer(path_, test::example_provenance());
    test::fill_example(writer);
    EXPECT_EQ(folder_.files(), only_trace_);  // the data waits in a file without a name
  }
  EXPECT_EQ(test::read_bytes(path_), "older");
  EXPECT_EQ(folder_.files(), only_trace_);
}

TEST_F(Writer, CommitReplacesTheOlderOne) {
  test::write_bytes(path_, "older");
  TraceWriter writer(path_, test::example_provenance());
  test::fill_example(writer);
  EXPECT_EQ(test::read_bytes(path_), "older");
  writer.commit();
  EXPECT_EQ(test::open_error(path_), "");
  EXPECT_EQ(folder_.files(), only_trace_);
}

// Who has the older trace open keeps reading it.
TEST_F(Writer, ReadersOfTheOlderTraceAreUndisturbed) {
  test::write_example(path_);
  const Trace older = Trace::open(path_);
  TraceWriter(path_, test::example_provenance()).commit();
  EXPECT_TRUE(Trace::open(path_).records().empty());
  const CodeView codes = older.codes(older.records()[0].a);
  EXPECT_EQ(std::vector(codes.bytes.begin(), codes.bytes.end()), test::some_codes(Format::int4, 4, 5, 1).bytes);
}

TEST_F(Writer, ModeFollowsUmask) {
  const mode_t before = umask(0027);
  test::write_example(path_);
  umask(before);
  EXPECT_EQ(fs::status(path_).permissions(), static_cast<fs::perms>(0640));
}

TEST_F(Writer, TensorsAreAligned) {
  test::write_example(path_);  // x has 12 bytes, w 10: w's successor would be misaligned in order of addition
  const std::string bytes = test::read_bytes(path_);
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), 8);
  EXPECT_EQ((8 + header_bytes) % 64, 0U);
  EXPECT_EQ(bytes[8], '{');
  const Trace trace = Trace::open(path_);
  for (const char* name : {"x.source", "z"})
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(trace.tensor(name).bytes.data()) % alignof(float), 0U);
}

TEST_F(Writer, EmptyTensorsAndTensorsOfNoRecord) {
  TraceWriter writer(path_, test::example_provenance());
  EXPECT_EQ(writer.add("nothing", std::span<const float>{}, 0, 3), "nothing");
  EXPECT_EQ(writer.add("lonely", test::some_codes(Format::int4, 3, 3, 1).view()), "lonely");
  writer.commit();
  const Trace trace = Trace::open(path_);
  EXPECT_EQ(trace.tensor("nothing").shape, (std::vector<std::uint64_t>{0, 3}));
  EXPECT_TRUE(trace.tensor("nothing").bytes.empty());
  EXPECT_EQ(trace.tensor("lonely").bytes.size(), 6U);
}

TEST_F(Writer, RefusesWhatNoReaderWouldAccept) {
  TraceWriter writer(path_, test::example_provenance());
  test::fill_example(writer);
  const CodeTensor codes = test::some_codes(Format::int4, 2, 2, 1);
  EXPECT_EQ(trace_error([&] { writer.add("x", codes.view()); }),
            path_.string() + ": tensor 'x': name: added before; wanted a new name");
  EXPECT_NE(trace_error([&] { writer.add("", codes.view()); }).find("name: ''; wanted any other name"),
            std::string::npos);
  EXPECT_NE(trace_error([&] { writer.add("__metadata__", codes.view()); }).find("wanted any other"), std::string::npos);
  Record record = test::example_records()[0];
  EXPECT_EQ(trace_error([&] { writer.add(record); }),
            path_.string() + ": record 4 ('fc.fprop'): id: 'fc.fprop'; wanted a name that no other record has");
  record.id = "other";
  record.out = "later";
  EXPECT_EQ(trace_error([&] { writer.add(record); }),
            path_.string() + ": record 4 ('other'): out: 'later'; wanted the name of a tensor in this file");
  record.out.clear();
  record.a.scale = std::numeric_limits<float>::infinity();
  EXPECT_NE(trace_error([&] { writer.add(record); }).find("a.scale: inf; wanted"), std::string::npos);
  record.a.scale = 1;
  record.a.quantization = SawbQuantization{{.format = Format::uint4}};
  EXPECT_NE(trace_error([&] { writer.add(record); }).find("a.quantizer.format: uint4; wanted int4"), std::string::npos);
  record.a.quantization = SawbQuantization{{.c1 = std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_NE(trace_error([&] { writer.add(record); }).find("a.quantizer.c1: nan; wanted"), std::string::npos);
  EXPECT_THROW(writer.add("short", std::vector<float>(5), 2, 3), std::invalid_argument);
  CodeView view = codes.view();
  view.rows = 3;
  EXPECT_THROW(writer.add("short", view), std::invalid_argument);
  writer.commit();  // what was refused left no trace
  EXPECT_EQ(Trace::open(path_).records().size(), 4U);
}

TEST_F(Writer, RefusesTextThatIsNotUtf8) {
  test::write_bytes(path_, "older");
  TraceWriter writer(path_, test::example_provenance());
  Record record = test::example_records()[3];
  record.layer = "\xff";
  writer.add(record);
  EXPECT_NE(trace_error([&] { writer.commit(); }).find("header: "), std::string::npos);
  EXPECT_EQ(test::read_bytes(path_), "older");
  EXPECT_EQ(folder_.files(), only_trace_);
}

TEST_F(Writer, RefusesUnknownBackends) {
  EXPECT_EQ(trace_error([&] { TraceWriter(path_, {}); }),
            path_.string() + ": luqtrace.provenance: backend: ''; wanted cuda, cpu or torch");
  EXPECT_TRUE(folder_.files().empty());
}

TEST_F(Writer, NothingAfterCommit) {
  TraceWriter writer(path_, test::example_provenance());
  writer.commit();
  EXPECT_THROW(writer.commit(), std::logic_error);
  EXPECT_THROW(writer.add(test::example_records()[3]), std::logic_error);
  EXPECT_THROW(writer.add("x", std::vector<float>(1), 1, 1), std::logic_error);
}

TEST_F(Writer, NoSuchFolder) {
  try {
    TraceWriter writer(folder_ / "none/t", test::example_provenance());
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string(error.what()).find((folder_ / "none/t").string()), std::string::npos) << error.what();
  }
}

TEST_F(Writer, TargetIsAFolder) {
  fs::create_directory(path_);
  EXPECT_THROW(TraceWriter(path_, test::example_provenance()), std::system_error);
  EXPECT_EQ(folder_.files(), only_trace_);
}

TEST_F(Writer, TakesNoPlaceOfALinkOrAPipe) {
  fs::create_symlink("target", folder_ / "link");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  for (const char* name : {"link", "pipe"})
    EXPECT_THROW(TraceWriter(folder_ / name, test::example_provenance()), std::system_error);
  EXPECT_EQ(folder_.files(), (std::vector<std::string>{"link", "pipe"}));
}

// A disk that is full, as far as this process can tell.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(Writer, DiskErrorsAreReportedAndLeaveTheOlderTrace) {
  test::write_bytes(path_, "older");
  const std::vector<float> large(4096, 1.0F), small(16, 2.0F);
  TraceWriter writer(path_, test::example_provenance());
  {
    const FileSizeLimit limit(10'000);
    try {
      writer.add("large", large, 64, 64);
      ADD_FAILURE();
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::file_too_large);
      EXPECT_NE(std::string(error.what()).find(path_.string()), std::string::npos) << error.what();
    }
    writer.add("small", small, 4, 4);  // takes the place of what failed
  }
  {
    const FileSizeLimit limit(100);
    EXPECT_THROW(writer.commit(), std::system_error);
  }
  EXPECT_EQ(test::read_bytes(path_), "older");
  EXPECT_EQ(folder_.files(), only_trace_);
  writer.add("large", large, 64, 64);
  writer.commit();
  const Trace trace = Trace::open(path_);
  EXPECT_EQ(std::memcmp(trace.tensor("small").bytes.data(), small.data(), 64), 0);
  EXPECT_EQ(std::memcmp(trace.tensor("large").bytes.data(), large.data(), 16384), 0);
}

TEST_F(Writer, LargeTensorsAreCopiedWhole) {
  std::vector<float> values(3 * (1 << 18) + 5);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  TraceWriter writer(path_, test::example_provenance());
  writer.add("codes", test::some_codes(Format::int4, 1, 3, 1).view());
  writer.add("values", values, 1, values.size());
  writer.commit();
  const Trace trace = Trace::open(path_);
  EXPECT_EQ(std::memcmp(trace.tensor("values").bytes.data(), values.data(), 4 * values.size()), 0);
}

// A header of 100 MB is the longest that readers take: what does not fit is refused when it is added, and what was
// added before is committed.
TEST_F(Writer, RefusesWhatMakesTheHeaderTooLong) {
  const std::string wanted = "; wanted at most 100000000";
  TraceWriter writer(path_, test::example_provenance());
  Record record = test::example_records()[3];
  record.kernel = std::string(13'000'000, '"');  // four bytes each: in JSON, in a string of JSON
  writer.add(record);
  record.id = "another";
  const std::string error = trace_error([&] { writer.add(record); });
  EXPECT_TRUE(error.starts_with(path_.string() + ": header length: 104")) << error;
  EXPECT_TRUE(error.ends_with(wanted)) << error;
  const std::vector<float> one{1};
  writer.add(std::string(20'000'000, 'x'), one, 1, 1);
  EXPECT_TRUE(trace_error([&] { writer.add(std::string(30'000'000, 'y'), one, 1, 1); }).ends_with(wanted));
  record.kernel.clear();
  writer.add(record);
  writer.commit();
  EXPECT_EQ(Trace::open(path_).records().size(), 2U);
}

TEST_F(Writer, RefusesControlCharactersInProvenance) {
  EXPECT_EQ(trace_error([&] { TraceWriter(path_, {.backend = "cpu", .device = "a\x1b[2J"}); }),
            path_.string() + ": luqtrace.provenance: device: 'a\\x1b[2J'; wanted no control characters");
}

}  // namespace
}  // namespace luqsim
