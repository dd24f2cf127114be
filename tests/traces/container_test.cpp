// Hostile safetensors files: each gets a message that names the file, the place, the value and what was wanted.
#include <cstring>
#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace_files.h"

namespace luqsim {
namespace {
namespace fs = std::filesystem;
namespace json = boost::json;
using test::container;
using test::open_error;
using test::write_bytes;

class Container : public testing::Test {
 protected:
  // The error of a file with these bytes, which must name the file.
  std::string error_of(std::string_view bytes) const {
    const fs::path path = folder_ / "t.safetensors";
    write_bytes(path, bytes);
    const std::string error = open_error(path);
    if (!error.empty()) {
      EXPECT_TRUE(error.starts_with(path.string() + ": ")) << error;
      return error.substr(path.string().size() + 2);
    }
    return error;
  }

  // A header with the metadata of an empty trace and these tensors (JSON, each with a comma before it).
  static std::string header(std::string_view tensors) {
    return R"({"__metadata__":)" + json::serialize(test::metadata()) + std::string(tensors) + "}";
  }

  test::TemporaryFolder folder_;
};

struct Hostile {
  const char* name;
  std::string header;
  std::size_t data_bytes;
  const char* error;
};

TEST_F(Container, TheSmallestTrace) { EXPECT_EQ(error_of(container(header(""))), ""); }

TEST_F(Container, EveryFieldOfATensorIsChecked) {
  const auto tensor = [](const std::string& fields) { return header(R"(,"t":{)" + fields + "}"); };
  const auto offsets = [&](const std::string& range) {
    return tensor(R"("dtype":"U8","shape":[4],"data_offsets":)" + range);
  };
  const auto shape = [&](const std::string& extents) {
    return tensor(R"("dtype":"F32","data_offsets":[0,8],"shape":)" + extents);
  };
  const Hostile cases[] = {
      {"good", offsets("[0,4]"), 4, ""},
      {"empty tensor", tensor(R"("dtype":"F32","shape":[0,7],"data_offsets":[0,0])"), 0, ""},
      {"scalar", tensor(R"("dtype":"F32","shape":[],"data_offsets":[0,4])"), 4, ""},
      {"no object", header(R"(,"t":[1])"), 0, "tensor 't': [1]; wanted an object"},
      {"unknown key", tensor(R"("dtype":"U8","shape":[0],"data_offsets":[0,0],"stride":1)"), 0,
       "tensor 't': 'stride': unknown key; wanted dtype, shape and data_offsets"},
      {"no dtype", tensor(R"("shape":[0],"data_offsets":[0,0])"), 0, "tensor 't': dtype: missing"},
      {"no shape", tensor(R"("dtype":"U8","data_offsets":[0,0])"), 0, "tensor 't': shape: missing"},
      {"no offsets", tensor(R"("dtype":"U8","shape":[0])"), 0, "tensor 't': data_offsets: missing"},
      {"unknown dtype", tensor(R"("dtype":"F64","shape":[1],"data_offsets":[0,8])"), 8,
       R"(tensor 't': dtype: "F64"; wanted U8, BF16, F32)"},
      {"dtype of other files", tensor(R"("dtype":"U16","shape":[1],"data_offsets":[0,2])"), 2,
       R"(tensor 't': dtype: "U16"; wanted U8, BF16, F32)"},
      {"dtype number", tensor(R"("dtype":8,"shape":[1],"data_offsets":[0,8])"), 8, "tensor 't': dtype: 8; wanted U8"},
      {"negative", offsets("[-1,4]"), 4, "tensor 't': data_offsets: [-1,4]; wanted two integers from 0"},
      {"fraction", offsets("[0,4.0]"), 4, "tensor 't': data_offsets: [0,4E0]; wanted two integers from 0"},
      {"text", offsets(R"(["0",4])"), 4, "data_offsets: [\"0\",4]; wanted two integers"},
      {"2^64", offsets("[0,18446744073709551616]"), 4, "wanted two integers from 0 to 2^64 - 1"},
      {"one offset", offsets("[4]"), 4, "data_offsets: [4]; wanted two integers, begin and end"},
      {"three offsets", offsets("[0,4,4]"), 4, "data_offsets: [0,4,4]; wanted two integers, begin and end"},
      {"offsets object", offsets("{}"), 4, "data_offsets: {}; wanted two integers"},
      {"begin after end", offsets("[4,0]"), 4, "tensor 't': data_offsets: [4,0]; wanted begin <= end"},
      {"end outside", offsets("[1,5]"), 4, "data_offsets: [1,5]; wanted an end within the 4 bytes of data"},
      {"end 2^64-1", offsets("[0,18446744073709551615]"), 4, "wanted an end within the 4 bytes of data"},
      {"size", offsets("[0,3]"), 3, "tensor 't': data_offsets: [0,3]; wanted 4 bytes for U8 [4]"},
      {"shape text", shape("\"2\""), 8, "tensor 't': shape: \"2\"; wanted an array of integers"},
      {"shape negative", shape("[-2]"), 8, "tensor 't': shape: [-2]; wanted an array of integers from 0"},
      {"shape nested", shape("[[2]]"), 8, "tensor 't': shape: [[2]]; wanted an array of integers from 0"},
      {"shape wraps", shape("[4294967296,4294967296,2]"), 8, "wanted a size in bytes below 2^64"},
      {"bytes wrap", shape("[4611686018427387906]"), 8, "tensor 't': shape: [4611686018427387906]; wanted a size"},
      {"zero hides a wrap", shape("[0,4294967296,4294967296,4294967296]"), 8, "wanted 0 bytes for F32"},
  };
  for (const Hostile& c : cases) {
    const std::string error = error_of(container(c.header, std::string(c.data_bytes, 'd')));
    EXPECT_NE(error.find(c.error), std::string::npos) << c.name << ": " << error;
    EXPECT_EQ(error.empty(), *c.error == '\0') << c.name << ": " << error;
  }
}

TEST_F(Container, TensorsCoverTheDataExactly) {
  const auto two = [](const char* first, const char* second) {
    const auto tensor = [](const std::string& name, const std::string& range) {
      const json::array offsets = json::parse(range).as_array();
      return ",\"" + name + R"(":{"dtype":"U8","data_offsets":)" + range + ",\"shape\":[" +
             std::to_string(offsets[1].as_int64() - offsets[0].as_int64()) + "]}";
    };
    return header(tensor("p", first) + tensor("q", second));
  };
  const Hostile cases[] = {
      {"good", two("[0,3]", "[3,8]"), 8, ""},
      {"good, other order", two("[3,8]", "[0,3]"), 8, ""},
      {"good, empty between", two("[3,3]", "[3,8]"), 8, "tensor 'p': data_offsets: [3,3]; wanted begin 0"},
      {"overlap", two("[0,4]", "[3,8]"), 8,
       "tensor 'q': data_offsets: [3,8]; wanted begin 4, the end of the tensor before it (no overlaps)"},
      {"same", two("[0,8]", "[0,8]"), 8, "wanted begin 8, the end of the tensor before it (no overlaps)"},
      {"hole", two("[0,3]", "[4,8]"), 8, "tensor 'q': data_offsets: [4,8]; wanted begin 3"},
      {"hole at the start", two("[1,3]", "[3,8]"), 8, "tensor 'p': data_offsets: [1,3]; wanted begin 0"},
      {"more data", two("[0,3]", "[3,8]"), 9, "data: 9 bytes; wanted the 8 bytes that the tensors cover"},
  };
  for (const Hostile& c : cases) {
    const std::string error = error_of(container(c.header, std::string(c.data_bytes, 'd')));
    EXPECT_NE(error.find(c.error), std::string::npos) << c.name << ": " << error;
    EXPECT_EQ(error.empty(), *c.error == '\0') << c.name << ": " << error;
  }
}

TEST_F(Container, HeaderAndMetadata) {
  const auto with = [](const char* key, const json::value& value) {
    json::object metadata = test::metadata();
    if (value.is_null())
      metadata.erase(key);
    else
      metadata[key] = value;
    return json::serialize(json::object{{"__metadata__", metadata}});
  };
  const Hostile cases[] = {
      {"empty", "", 0, "header: incomplete JSON at byte 0; wanted JSON"},
      {"array", "[]", 0, "header: []; wanted a JSON object"},
      {"number", "7", 0, "header: 7; wanted a JSON object"},
      {"broken", "{\"a\":", 0, "wanted JSON"},
      {"two values", "{}{}", 0, "header: extra data at byte 2; wanted one JSON value"},
      {"zero byte", std::string("{}\0", 3), 0, "header: extra data at byte 2; wanted one JSON value"},
      {"bad UTF-8", "{\"\xff\":1}", 0, "at byte 2; wanted JSON"},
      {"deep", std::string(100000, '['), 0, "too deep"},
      {"tensor twice", header(R"(,"t":{},"t":{})"), 0, "header: key 't' twice in one object; wanted every key once"},
      {"escaped twin", header(R"(,"t":{"dtype":"U8","\u0064type":"F32"})"), 0, "key 'dtype' twice"},
      {"no metadata", "{}", 0, "__metadata__: luqtrace.version: missing; wanted a luqsim trace"},
      {"metadata array", R"({"__metadata__":[]})", 0, "__metadata__: []; wanted an object of strings"},
      {"metadata number", R"({"__metadata__":{"n":1}})", 0, "__metadata__.n: 1; wanted a string"},
      {"other metadata", with("format", "pt"), 0, ""},
      {"no version", with("luqtrace.version", nullptr), 0, "__metadata__: luqtrace.version: missing"},
      {"version", with("luqtrace.version", "2"), 0, "__metadata__: luqtrace.version: '2'; wanted '1'"},
      {"no provenance", with("luqtrace.provenance", nullptr), 0, "__metadata__: luqtrace.provenance: missing"},
      {"provenance", with("luqtrace.provenance", "[]"), 0, "luqtrace.provenance: []; wanted an object"},
      {"provenance text", with("luqtrace.provenance", "x"), 0, "luqtrace.provenance: syntax error at byte"},
      {"backend", with("luqtrace.provenance", R"({"backend":"rocm","seed":1})"), 0,
       "luqtrace.provenance: backend: 'rocm'; wanted cuda, cpu or torch"},
      {"provenance key", with("luqtrace.provenance", R"({"backend":"cpu","seed":1,"host":""})"), 0,
       "luqtrace.provenance: 'host': unknown key; wanted one of backend, device"},
      {"no records", with("luqtrace.records", nullptr), 0, "__metadata__: luqtrace.records: missing"},
      {"records text", with("luqtrace.records", "[{]"), 0, "__metadata__: luqtrace.records: syntax error at byte"},
      {"records object", with("luqtrace.records", "{}"), 0, "luqtrace.records: {}; wanted an array of records"},
      {"record number", with("luqtrace.records", "[1]"), 0, "record 0: 1; wanted an object"},
      {"record key twice", with("luqtrace.records", R"([{"id":"p","id":"q"}])"), 0,
       "__metadata__: luqtrace.records: key 'id' twice in one object"},
  };
  for (const Hostile& c : cases) {
    const std::string error = error_of(container(c.header, std::string(c.data_bytes, 'd')));
    EXPECT_NE(error.find(c.error), std::string::npos) << c.name << ": " << error;
    EXPECT_EQ(error.empty(), *c.error == '\0') << c.name << ": " << error;
  }
}

TEST_F(Container, HeaderLength) {
  const std::string good = container(header(""));
  for (const std::uint64_t length : {std::uint64_t{good.size()}, std::uint64_t{good.size() - 7}, std::uint64_t{1} << 32,
                                     std::uint64_t{1} << 63, UINT64_MAX, UINT64_MAX - 7}) {
    std::string bytes = good;
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(length >> (8 * i));
    EXPECT_EQ(error_of(bytes), "header length: " + std::to_string(length) + "; wanted at most the " +
                                   std::to_string(good.size() - 8) + " bytes that follow");
  }
  EXPECT_EQ(error_of(""), "0 bytes; wanted a safetensors file: 8 bytes of header length, a header, data");
}

TEST_F(Container, LongHeadersAreRefusedUnread) {
  const fs::path path = folder_ / "t.safetensors";
  write_bytes(path, std::string("\x01\xe1\xf5\x05\0\0\0\0", 8));  // 100,000,001
  fs::resize_file(path, 200'000'000);
  EXPECT_NE(open_error(path).find("header length: 100000001; wanted at most 100000000"), std::string::npos);
}

TEST_F(Container, NoFileAndOtherThings) {
  EXPECT_NE(open_error(folder_ / "none").find("none: No such file or directory; wanted a trace"), std::string::npos);
  EXPECT_NE(open_error(folder_ / "").find("not a regular file"), std::string::npos);
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(open_error(pipe).find("pipe: not a regular file; wanted a trace"), std::string::npos);
}

TEST_F(Container, EveryTruncationIsAnError) {
  const fs::path whole = folder_ / "whole.safetensors";
  test::write_example(whole);
  const std::string bytes = test::read_bytes(whole);
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), 8);
  for (std::size_t length = 0; length < 8 + header_bytes; ++length)
    ASSERT_NE(error_of(bytes.substr(0, length)), "") << length;
  for (std::size_t i = 0; i < 16; ++i) ASSERT_NE(error_of(bytes.substr(0, bytes.size() * i / 16)), "") << i;
  for (std::size_t length = 8 + header_bytes; length < bytes.size(); ++length)
    ASSERT_NE(error_of(bytes.substr(0, length)), "") << length;
  ASSERT_NE(error_of(bytes + "x"), "");
  ASSERT_EQ(error_of(bytes), "");
}

// A spoilt byte either changes nothing that matters or is an error; what opens can be read to the end.
TEST_F(Container, EverySpoiltHeaderByteIsSurvived) {
  const fs::path path = folder_ / "t.safetensors";
  test::write_example(path);
  const std::string good = test::read_bytes(path);
  std::uint64_t header_bytes = 0, opened = 0;
  std::memcpy(&header_bytes, good.data(), 8);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  for (std::size_t at = 0; at < 8 + header_bytes; ++at)
    for (const char spoilt : {'9', '-', '"', '}', '\xff', good[at]}) {
      file.seekp(static_cast<std::streamoff>(at)).put(spoilt).flush();
      try {
        const Trace trace = Trace::open(path);
        ++opened;
        for (const Record& record : trace.records())
          for (const Operand* operand : {&record.a, &record.b}) {
            for (std::size_t s = 0; s < operand->codes.size(); ++s) decode_values(trace.codes(*operand, s));
            if (!operand->source.empty()) trace.source(*operand);
          }
      } catch (const TraceError&) {
      }
    }
  EXPECT_GE(opened, 8 + header_bytes);  // the byte put back
  EXPECT_EQ(test::read_bytes(path), good);
}

TEST_F(Container, AHugeTraceOpensWithoutMemory) {
  const fs::path path = folder_ / "huge.safetensors";
  const std::uint64_t data_bytes = std::uint64_t{50} << 30;
  const std::string text = header(R"(,"t":{"dtype":"U8","shape":[53687091200],"data_offsets":[0,53687091200]})");
  write_bytes(path, container(text));
  std::error_code error;
  fs::resize_file(path, 8 + text.size() + data_bytes, error);  // sparse
  if (error) GTEST_SKIP() << "the file system refuses a sparse file of 50 GiB: " << error.message();
  const auto resident_pages = [] {
    std::uint64_t size = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    return resident;
  };
  const std::uint64_t before = resident_pages();
  const Trace trace = Trace::open(path);
  EXPECT_EQ(trace.tensor("t").bytes.size(), data_bytes);
  EXPECT_EQ(trace.tensor("t").bytes[data_bytes - 1], 0);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  EXPECT_LT((resident_pages() - before) * page, std::uint64_t{16} << 20);
}

}  // namespace
}  // namespace luqsim
