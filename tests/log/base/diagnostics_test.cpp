#include "log/base/diagnostics.h"

#include <gtest/gtest.h>

#include "log/base/diagnostics_line.h"

namespace roomlog::diagnostics {
namespace {

constexpr timestamp at{1'772'356'447'000'123};

// S1.30
TEST(diagnostics, a_text_line_has_time_level_area_and_text) {
  EXPECT_EQ(make_line(at, level::warn, "log", "cut 3 bytes", format::text),
            "2026-03-01T09:14:07.000123Z warn log: cut 3 bytes");
}

TEST(diagnostics, a_json_line_is_one_object) {
  EXPECT_EQ(make_line(at, level::error, "log", "say \"no\" to C:\\", format::json),
            R"({"ts":"2026-03-01T09:14:07.000123Z","level":"error","area":"log",)"
            R"("text":"say \"no\" to C:\\"})");
}

TEST(diagnostics, one_line_stays_one_line_in_both_forms) {
  const std::string text = "a\nb\r\x1b[2J\x7f";
  for (const auto how : {format::text, format::json}) {
    const auto line = make_line(at, level::info, "x", text, how);
    EXPECT_NE(line.find(R"(a\nb\u000d\u001b[2J\u007f)"), std::string::npos) << line;
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
  }
}

TEST(diagnostics, json_lines_are_utf8_whatever_the_text_is) {
  const auto json = [](const std::string& text) {
    const auto line = make_line(at, level::info, "x", text, format::json);
    const auto begin = line.find("\"text\":\"") + 8;
    return line.substr(begin, line.size() - begin - 2);
  };
  EXPECT_EQ(json("Zoë ☃ 𝄞"), "Zoë ☃ 𝄞");
  EXPECT_EQ(json("\xff"), "\\ufffd");
  EXPECT_EQ(json("a\xc3"), "a\\ufffd");
  EXPECT_EQ(json("\xed\xa0\x80"), "\\ufffd\\ufffd\\ufffd");
  EXPECT_EQ(json("\xc0\xaf"), "\\ufffd\\ufffd");
}

TEST(diagnostics, lines_reach_stderr_from_the_threshold_on) {
  ::testing::internal::CaptureStderr();
  configure(level::warn, format::text);
  info("test", "not wanted");
  warn("test", "wanted");
  flush();
  const auto said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.find("not wanted"), std::string::npos);
  EXPECT_NE(said.find("warn test: wanted\n"), std::string::npos) << said;
  EXPECT_EQ(dropped(), 0u);
}

TEST(diagnostics, levels_have_names) {
  EXPECT_EQ(parse_level("debug"), level::debug);
  EXPECT_EQ(parse_level("error"), level::error);
  EXPECT_THROW(parse_level("loud"), std::invalid_argument);
}

}  // namespace
}  // namespace roomlog::diagnostics
