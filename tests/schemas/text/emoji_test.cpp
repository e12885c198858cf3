#include "schemas/text/emoji.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/schemas/records/arbitrary.h"

namespace roomlog::testing {
namespace {

TEST(emoji, signs_and_short_names_are_taken) {
  for (const auto* text : {"\xF0\x9F\x91\x8D", "+1", ":tada:", "\xE2\x9D\xA4\xEF\xB8\x8F",
                           "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB"}) {
    EXPECT_TRUE(is_emoji(text)) << text;
  }
}

TEST(emoji, has_1_to_64_bytes) {
  EXPECT_FALSE(is_emoji(""));
  EXPECT_TRUE(is_emoji("x"));
  EXPECT_TRUE(is_emoji(std::string(64, 'x')));
  EXPECT_FALSE(is_emoji(std::string(65, 'x')));
}

TEST(emoji, what_is_not_utf8_is_refused) {
  for (const auto* text : {"\xFF", "a\xC0\x80", "\xED\xA0\x80", "\xF0\x9F\x91"}) {
    EXPECT_FALSE(is_emoji(text));
  }
}

// Cc and White_Space of the Unicode Character Database, 15.0; neither has changed since 6.3.
TEST(emoji, of_all_code_points_only_control_characters_and_white_space_are_refused) {
  std::set<std::uint32_t> refused = {0x20, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
  for (std::uint32_t c = 0; c < 0x20; ++c) refused.insert(c);
  for (std::uint32_t c = 0x7F; c < 0xA0; ++c) refused.insert(c);
  for (std::uint32_t c = 0x2000; c < 0x200B; ++c) refused.insert(c);
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    ASSERT_EQ(is_emoji("a" + utf8_of(c) + "b"), !refused.contains(c)) << std::hex << c;
  }
}

}  // namespace
}  // namespace roomlog::testing
