#include "luqsim/traces/digest.h"

#include <gtest/gtest.h>

#include "random_trace.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

TEST(ContentDigest, IsXxh3) {
  // The published value for no bytes, and what the xxhsum program prints for three.
  EXPECT_EQ(content_digest(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(content_digest("abc"), "06b05ab6733a618578af5f94892f3950");
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
