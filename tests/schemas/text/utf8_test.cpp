#include "schemas/text/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/schemas/records/arbitrary.h"

namespace roomlog::testing {
namespace {

// Slow and obvious: decodes each code point and compares it with what writing it would give.
bool naive_is_valid(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (at + size > text.size()) return false;
    std::uint32_t c = size == 1 ? lead : lead & (0x7Fu >> size);
    for (std::size_t i = 1; i < size; ++i) {
      c = c << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    }
    if ((c >= 0xD800 && c < 0xE000) || c > 0x10FFFF) return false;
    if (utf8_of(c) != text.substr(at, size)) return false;
    at += size;
  }
  return true;
}

TEST(utf8, accepts_the_limits_of_every_length) {
  for (const std::uint32_t c : {0x0u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFDu,
                                0xFFFFu, 0x10000u, 0x10FFFFu}) {
    EXPECT_TRUE(is_valid_utf8(utf8_of(c))) << std::hex << c;
  }
  EXPECT_TRUE(is_valid_utf8(""));
}

TEST(utf8, decides_every_code_point_and_surrogate) {
  for (std::uint32_t c = 0; c < 0x120000; ++c) {
    const bool scalar = c < 0xD800 || (c >= 0xE000 && c < 0x110000);
    ASSERT_EQ(is_valid_utf8(utf8_of(c)), scalar) << std::hex << c;
  }
}

TEST(utf8, refuses_every_class_of_invalid_sequence) {
  using namespace std::string_view_literals;
  const std::string_view cases[] = {
      "\x80"sv,              // continuation byte alone
      "\xBF"sv,              //
      "a\x80"sv,             //
      "\xC2"sv,              // sequence cut off
      "\xE1\x80"sv,          //
      "\xF1\x80\x80"sv,      //
      "\xC2\x41"sv,          // something else than a continuation byte
      "\xE1\x80\x41"sv,      //
      "\xE1\x41\x80"sv,      //
      "\xF1\x80\x80\x41"sv,  //
      "\xC2\xC2\x80"sv,      //
      "\xC0\x80"sv,          // overlong forms
      "\xC1\xBF"sv,          //
      "\xE0\x80\x80"sv,      //
      "\xE0\x9F\xBF"sv,      //
      "\xF0\x80\x80\x80"sv,  //
      "\xF0\x8F\xBF\xBF"sv,  //
      "\xED\xA0\x80"sv,      // surrogates
      "\xED\xBF\xBF"sv,      //
      "\xED\xA0\xBD\xED\xB8\x80"sv,
      "\xF4\x90\x80\x80"sv,  // past U+10FFFF
      "\xF5\x80\x80\x80"sv,  // bytes that never occur
      "\xF8\x88\x80\x80\x80"sv,
      "\xFC\x84\x80\x80\x80\x80"sv,
      "\xFE"sv,
      "\xFF"sv,
  };
  for (const auto& bad : cases) {
    EXPECT_FALSE(is_valid_utf8(bad)) << ::testing::PrintToString(bad);
    // At every place of the fast path's words, before and after good text.
    for (std::size_t before = 0; before < 20; ++before) {
      const std::string text = std::string(before, 'a') + std::string(bad) + "bcdefghijklmnopqrst";
      EXPECT_FALSE(is_valid_utf8(text)) << before;
    }
  }
}

TEST(utf8, looks_at_no_byte_past_the_end) {
  for (const std::uint32_t c : {0xFCu, 0x20ACu, 0x1F44Bu}) {
    const auto whole = "ab" + utf8_of(c);
    for (std::size_t size = 3; size < whole.size(); ++size) {
      EXPECT_FALSE(is_valid_utf8(std::string_view(whole).substr(0, size))) << std::hex << c;
    }
  }
}

TEST(utf8, decides_every_pair_of_bytes_as_the_naive_validator_does) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(is_valid_utf8(text), naive_is_valid(text)) << first << ' ' << second;
    }
  }
}

RC_GTEST_PROP(utf8, decides_arbitrary_bytes_as_the_naive_validator_does, ()) {
  const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  RC_ASSERT(is_valid_utf8(bytes) == naive_is_valid(bytes));
}

RC_GTEST_PROP(utf8, decides_damaged_text_as_the_naive_validator_does, ()) {
  auto text = *arbitrary_text();
  RC_ASSERT(is_valid_utf8(text));
  RC_PRE(!text.empty());
  text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  RC_ASSERT(is_valid_utf8(text) == naive_is_valid(text));
}

RC_GTEST_PROP(utf8, counts_code_points, ()) {
  const auto code_points = *rc::gen::container<std::vector<std::uint32_t>>(
      rc::gen::element<std::uint32_t>('a', 0xFC, 0x20AC, 0x1F44B));
  std::string text;
  for (const auto c : code_points) text += utf8_of(c);
  RC_ASSERT(count_code_points(text) == code_points.size());
}

}  // namespace
}  // namespace roomlog::testing
