// Byte order marks, and the encodings that are none of ours.
#include "schemas/text/text_encoding.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

using namespace std::string_view_literals;

// "ab" in every encoding that a byte order mark may name, with and without it.
constexpr std::string_view wide_texts[] = {
    "\xFF\xFE"
    "a\0b\0"sv,
    "\xFE\xFF\0a\0b"sv,
    "\xFF\xFE\0\0a\0\0\0b\0\0\0"sv,
    "\0\0\xFE\xFF\0\0\0a\0\0\0b"sv,
    "a\0b\0"sv,
    "\0a\0b"sv,
    "a\0\0\0b\0\0\0"sv,
    "\0\0\0a\0\0\0b"sv};

TEST(text_encoding, a_mark_before_utf8_is_no_part_of_the_text) {
  for (const auto read : {text_without_mark, secret_without_mark}) {
    EXPECT_EQ(*read("\xEF\xBB\xBFwords\r\n", "f"), "words\r\n");
    EXPECT_EQ(*read("\xEF\xBB\xBF", "f"), "");
    EXPECT_EQ(*read("words", "f"), "words");
    EXPECT_EQ(*read("", "f"), "");
    EXPECT_EQ(*read("\xEF\xBB\xBF\xEF\xBB\xBFx", "f"), "\xEF\xBB\xBFx") << "one of them";
    EXPECT_EQ(*read("caf\xC3\xA9", "f"), "caf\xC3\xA9");
    EXPECT_EQ(*read("caf\xE9", "f"), "caf\xE9") << "Latin-1 is for the reader to judge";
  }
}

TEST(text_encoding, utf16_and_utf32_are_refused_by_name) {
  for (const std::string_view bytes : wide_texts) {
    for (const auto read : {text_without_mark, secret_without_mark}) {
      const auto refused = read(bytes, "words.txt");
      ASSERT_FALSE(refused) << ::testing::PrintToString(bytes);
      EXPECT_EQ(refused.error().code, errc::malformed);
      EXPECT_EQ(refused.error().text, "words.txt is encoded in UTF-16 or UTF-32; save it as UTF-8");
    }
  }
  // Not ASCII: the mark alone says it, and a text has no other use for these bytes.
  EXPECT_FALSE(text_without_mark("\xFF\xFE\x41\x04\x42\x04", "f"));
  EXPECT_FALSE(text_without_mark("\xFF\xFE", "f"));
}

TEST(text_encoding, a_secret_of_random_bytes_is_taken_as_it_is) {
  for (const std::string_view bytes :
       {"\xFF\xFE\x41\x04\x42\x04\x80\x99"sv, "\xEF\xBB\xBF\x99\x80\xFF"sv, "\xFF\xFE"sv,
        "a\0bc\0d\x80z"sv, "\0\0\0\0\0\0\0\0"sv}) {
    EXPECT_EQ(*secret_without_mark(bytes, "f"), bytes) << ::testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace roomlog::testing
