#include "luqsim/traces/digest.h"

#include <gtest/gtest.h>

#include "random_trace.h"
#include "trace_files.h"

namespace luqsim {
namespace {

TEST(ContentDigest, IsXxh3) {
  // The published value for no bytes, and what the xxhsum program prints for three.
  EXPECT_EQ(content_digest(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(content_digest("abc"), "06b05ab6733a618578af5f94892f3950");
}

TEST(TraceDigest, DiffersWithTheRecordsAlone) {
  const test::TemporaryFolder folder;
  const auto digest = [&](const std::vector<Record>& records) {
    TraceWriter writer(folder / "t", test::example_provenance());
    for (const Record& record : records) writer.add(record);
    writer.commit();
    return Trace::open(folder / "t").digest();
  };
  const Record good = test::example_records().at(3);  // shapes alone
  const std::string first = digest({good});
  EXPECT_EQ(digest({good}), first);
  EXPECT_NE(digest({}), first);
  Record other_id = good, other_scale = good, other_format = good;
  other_id.id = "other";
  other_scale.a.scale = 0.5F;
  other_format.b.format = Format::uint4;
  for (const Record& other : {other_id, other_scale, other_format}) EXPECT_NE(digest({other}), first);
  EXPECT_NE(digest({other_id, good}), digest({good, other_id}));
}

TEST(TraceDigest, IsOfRecordsAndContentsAlone) {
  const test::TemporaryFolder folder;
  const auto digest = [&](const char* name, unsigned seed, std::uint64_t k, const std::string& device) {
    TraceWriter writer(folder / name, {.backend = "cpu", .device = device});
    std::mt19937 random(seed);
    test::add_random_record(writer, "r", {.m = 5, .n = 6, .k = k}, random);
    writer.commit();
    return Trace::open(folder / name).digest();
  };
  const std::string first = digest("a.safetensors", 1, 20, "x");
  EXPECT_EQ(digest("b.safetensors", 1, 20, "y"), first);
  EXPECT_NE(digest("c.safetensors", 2, 20, "x"), first);
  EXPECT_NE(digest("d.safetensors", 1, 21, "x"), first);
}

}  // namespace
}  // namespace luqsim
