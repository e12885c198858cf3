#include "schemas/text/json_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

#include "tests/schemas/records/arbitrary.h"

namespace roomlog::testing {
namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(json_writer, escapes_quote_backslash_and_every_control_character) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(json_string("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(json_string(std::string_view("\0\x01\x1F", 3)), R"("\u0000\u0001\u001f")");
  for (int c = 0; c < 0x20; ++c) {
    const std::string text(1, static_cast<char>(c));
    const auto json = json_string(text);
    ASSERT_EQ(json[1], '\\') << c;
    EXPECT_EQ(boost::json::parse(json).as_string(), text) << c;
  }
}

TEST(json_writer, leaves_everything_else_as_it_is) {
  for (std::uint32_t c = 0x20; c < 0x110000; ++c) {
    if (c == '"' || c == '\\' || (c >= 0xD800 && c < 0xE000)) continue;
    const auto text = utf8_of(c);
    ASSERT_EQ(json_string(text), '"' + text + '"') << std::hex << c;
  }
}

TEST(json_writer, finds_an_escape_at_every_place_of_a_word) {
  for (const char escaped : {'"', '\\', '\n', '\0', '\x1F'}) {
    for (std::size_t place = 0; place < 40; ++place) {
      for (const char filler : {'a', '\x20', '!', '#', '[', ']', '\x7F'}) {
        std::string text(40, filler);
        text[place] = escaped;
        EXPECT_EQ(boost::json::parse(json_string(text)).as_string(), text) << place;
      }
    }
  }
}

RC_GTEST_PROP(json_writer, text_comes_back_from_a_parser, ()) {
  const auto text = *arbitrary_text();
  RC_ASSERT(boost::json::parse(json_string(text)).as_string() == text);
}

// S2.3.4.3, conflict 9
TEST(json_writer, json_without_markup_is_the_same_value) {
  EXPECT_EQ(without_markup(R"({"<k>":"a&b<","x":1})"),
            R"({"\u003ck\u003e":"a\u0026b\u003c","x":1})");
  EXPECT_EQ(without_markup(""), "");
  EXPECT_EQ(without_markup(R"("\u003c")"), R"("\u003c")");
}

RC_GTEST_PROP(json_writer, any_json_without_markup_is_the_same_value, ()) {
  const auto json = json_string(*arbitrary_text() + *rc::gen::element("<", "&amp;", ">>", ""));
  const auto safe = without_markup(json);
  RC_ASSERT(safe.find_first_of("<>&") == std::string::npos);
  RC_ASSERT(boost::json::parse(safe) == boost::json::parse(json));
}

TEST(json_writer, writes_whole_numbers) {
  std::string out;
  append_json_number(out, std::uint64_t{0});
  out += ' ';
  append_json_number(out, std::numeric_limits<std::uint64_t>::max());
  out += ' ';
  append_json_number(out, std::int64_t{-1});
  out += ' ';
  append_json_number(out, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(out, "0 18446744073709551615 -1 -9223372036854775808");
}

TEST(json_writer, writes_objects_with_fields_in_the_order_of_the_calls) {
  std::string out = "> ";
  json_object object(out);
  object.field("text", "a\"b").field("n", std::uint64_t{7}).field("yes", true).field("no", false);
  object.field("view", std::string_view("v")).raw("raw", R"([1,{"x":null}])");
  json_object inner(object.value_of("inner"));
  inner.close();
  object.close();
  EXPECT_EQ(
      out,
      R"(> {"text":"a\"b","n":7,"yes":true,"no":false,"view":"v","raw":[1,{"x":null}],"inner":{}})");
}

TEST(json_writer, escapes_names) {
  std::string out;
  json_object object(out);
  object.field("a\"b", "c").close();
  EXPECT_EQ(out, R"({"a\"b":"c"})");
}

}  // namespace
}  // namespace roomlog::testing
