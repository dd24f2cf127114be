// What a message shows of a text that a file has.
#include "luqsim/input/shown.h"

#include <gtest/gtest.h>

namespace luqsim {
namespace {

TEST(Shown, ControlCharactersByTheirBytes) {
  EXPECT_EQ(shown("a b"), "a b");
  EXPECT_EQ(shown("\x1b[2J\n\x7f"), "\\x1b[2J\\x0a\\x7f");
  EXPECT_EQ(shown("\u009b31m"), "\\xc2\\x9b31m");
  EXPECT_EQ(shown("\u00a0\u00db\u4f8b"), "\u00a0\u00db\u4f8b");
  EXPECT_EQ(shown("\xC2"), "\xC2");
}

TEST(Shown, LongTextIsCutBetweenCharacters) {
  const std::string most(longest_shown, 'x'), less = most.substr(1);
  EXPECT_EQ(shown(most), most);
  EXPECT_EQ(shown(most + "y"), most + "...");
  EXPECT_EQ(shown(less + "\u00e4"), less + "...");
  EXPECT_EQ(shown(less + "\u0085"), less + "...");
  EXPECT_EQ(shown(std::string(200, '\x80')), "...");
}

TEST(Shown, ControlCharactersAreFound) {
  for (const char* text : {"a\n", "\x1b", "\x7f", "\u0080", "\u009f"}) EXPECT_TRUE(has_control_characters(text));
  for (const char* text : {"", "a b", "\u00a0", "\u00db", "\xC2"}) EXPECT_FALSE(has_control_characters(text));
  EXPECT_TRUE(has_control_characters(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace luqsim
