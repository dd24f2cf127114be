// Text on its way into the page.
#include "text.h"

#include <gtest/gtest.h>

#include "luqsim/reports/report.h"

namespace luqsim {
namespace {

TEST(Escaped, LeavesNothingThatMeansSomething) {
  EXPECT_EQ(escaped("</script><img src='x' onerror=\"y\">&"),
            "&lt;/script&gt;&lt;img src=&#39;x&#39; onerror=&quot;y&quot;&gt;&amp;");
  EXPECT_EQ(escaped("plain µ"), "plain µ");
}

TEST(ScriptJson, EndsNoScriptAndOpensNoComment) {
  const std::string safe = script_json(R"({"a": "</script><!-- ]]> &"})");
  EXPECT_EQ(safe.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(safe, "{\"a\": \"\\u003c/script\\u003e\\u003c!-- ]]\\u003e \\u0026\"}");
}

TEST(Grouped, PutsCommasBetweenThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(12345678), "12,345,678");
}

TEST(Filled, DoesNotLookIntoWhatItPutsIn) {
  EXPECT_EQ(filled("a {{x}} b {{y}}", {{"x", "{{y}}"}, {"y", "2"}}), "a {{y}} b 2");
  EXPECT_THROW(filled("{{z}}", {}), std::out_of_range);
}

}  // namespace
}  // namespace luqsim
