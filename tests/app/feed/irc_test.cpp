// The IRC parser: made-up lines of every form, and the whole corpus where it is there.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "app/feed/irc_log.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

std::string repeated(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}

irc_trouble trouble_of(const std::string& text) {
  const std::string line = "[00:00] <ann> " + text;
  const irc_line parsed = parse_irc_line(line);
  EXPECT_EQ(parsed.kind, irc_kind::message);
  EXPECT_EQ(parsed.text, text);
  return parsed.trouble;
}

TEST(irc_line, message_has_time_nick_and_the_exact_text) {
  const irc_line line = parse_irc_line("[09:14] <ann>  two  spaces, a <tag> and a trailing one ");
  EXPECT_EQ(line.kind, irc_kind::message);
  EXPECT_EQ(line.trouble, irc_trouble::none);
  EXPECT_EQ(line.minute, 9 * 60 + 14);
  EXPECT_EQ(line.nick, "ann");
  EXPECT_EQ(line.text, " two  spaces, a <tag> and a trailing one ");
  EXPECT_TRUE(line.sendable());
}

TEST(irc_line, text_of_white_space_only_is_text) {
  const irc_line line = parse_irc_line("[23:59] <ann>  ");
  EXPECT_EQ(line.text, " ");
  EXPECT_TRUE(line.sendable());
}

TEST(irc_line, message_without_text_is_a_message_that_cannot_be_sent) {
  for (const char* line : {"[00:00] <ann>", "[00:00] <ann> "}) {
    const irc_line parsed = parse_irc_line(line);
    EXPECT_EQ(parsed.kind, irc_kind::message) << line;
    EXPECT_EQ(parsed.trouble, irc_trouble::empty_text) << line;
    EXPECT_EQ(parsed.nick, "ann");
    EXPECT_FALSE(parsed.sendable());
  }
}

TEST(irc_line, nick_may_hold_spaces_and_brackets_but_none_around_it) {
  EXPECT_EQ(parse_irc_line("[00:00] <a[n] n> x").nick, "a[n] n");
  EXPECT_EQ(parse_irc_line("[00:00] <ann[1] > x").nick, "ann[1]");
  EXPECT_EQ(parse_irc_line("[00:00] <@ann|away`^{}\\-> x").nick, "@ann|away`^{}\\-");
}

TEST(irc_line, nick_that_is_no_user_id_is_unfit) {
  EXPECT_EQ(parse_irc_line("[00:00] <> x").trouble, irc_trouble::unfit_nick);
  EXPECT_EQ(parse_irc_line("[00:00] < > x").trouble, irc_trouble::unfit_nick);
  EXPECT_EQ(parse_irc_line("[00:00] <\xC3\xA9> x").trouble, irc_trouble::unfit_nick);
  EXPECT_EQ(parse_irc_line("[00:00] <a\tb> x").trouble, irc_trouble::unfit_nick);
  const std::string longest = "[00:00] <" + std::string(255, 'n') + "> x";
  const std::string longer = "[00:00] <" + std::string(256, 'n') + "> x";
  EXPECT_EQ(parse_irc_line(longest).trouble, irc_trouble::none);
  EXPECT_EQ(parse_irc_line(longer).trouble, irc_trouble::unfit_nick);
}

TEST(irc_line, action_is_split_at_the_first_space) {
  const irc_line line = parse_irc_line("[09:15]  * ann waves  at <bob>");
  EXPECT_EQ(line.kind, irc_kind::action);
  EXPECT_EQ(line.nick, "ann");
  EXPECT_EQ(line.text, "waves  at <bob>");
  EXPECT_EQ(parse_irc_line("[09:15]  * ann").trouble, irc_trouble::empty_text);
}

TEST(irc_line, text_is_checked_as_the_protocol_does) {
  EXPECT_EQ(trouble_of("caf\xC3\xA9 \xF0\x9F\x98\x80"), irc_trouble::none);
  EXPECT_EQ(trouble_of(std::string("a\0b", 3)), irc_trouble::contains_nul);
  EXPECT_EQ(trouble_of("latin1 \xE9t\xE9"), irc_trouble::invalid_utf8);
  EXPECT_EQ(trouble_of("cut \xF0\x9F\x98"), irc_trouble::invalid_utf8);
  EXPECT_EQ(trouble_of("overlong \xC0\x80"), irc_trouble::invalid_utf8);
  EXPECT_EQ(trouble_of("overlong \xE0\x80\x80"), irc_trouble::invalid_utf8);
  EXPECT_EQ(trouble_of("overlong \xF0\x80\x80\x80"), irc_trouble::invalid_utf8);
  EXPECT_EQ(trouble_of("surrogate \xED\xA0\x80"), irc_trouble::invalid_utf8);
  EXPECT_EQ(trouble_of("beyond \xF4\x90\x80\x80"), irc_trouble::invalid_utf8);
  EXPECT_EQ(trouble_of("lone \x80"), irc_trouble::invalid_utf8);
  EXPECT_EQ(trouble_of("last \xF4\x8F\xBF\xBF"), irc_trouble::none);
}

TEST(irc_line, length_is_counted_in_code_points) {
  EXPECT_EQ(trouble_of(repeated("\xF0\x9F\x98\x80", 4000)), irc_trouble::none);
  EXPECT_EQ(trouble_of(repeated("\xF0\x9F\x98\x80", 4001)), irc_trouble::text_too_long);
  EXPECT_EQ(trouble_of(repeated("x", 4001)), irc_trouble::text_too_long);
}

TEST(irc_line, system_lines_say_who_and_what) {
  struct expected {
    const char* line;
    irc_kind kind;
    const char* nick;
    const char* detail;
  };
  const expected all[] = {
      {"=== ann [~ann@host.example]  has joined #x", irc_kind::joined, "ann", "~ann@host.example"},
      {"=== a[n] n [n=ann@host]  has joined #x", irc_kind::joined, "a[n] n", "n=ann@host"},
      {"=== ann[1]  [n=ann@host]  has joined #x", irc_kind::joined, "ann[1]", "n=ann@host"},
      {"=== ann has joined #x", irc_kind::joined, "ann", "x"},
      {"=== ann [~ann@host]  has left #x [\"Leaving\"]", irc_kind::left, "ann", "x [\"Leaving\"]"},
      {"=== ann [~ann@host]  has left #x [\"Cut]", irc_kind::left, "ann", "x [\"Cut]"},
      {"=== ann [~ann@host]  has left #x []", irc_kind::left, "ann", "x []"},
      {"=== ann [~ann@host]  has quit [Read error]", irc_kind::quit, "ann", "[Read error]"},
      {"=== ann is now known as ann_away", irc_kind::nick_changed, "ann", "ann_away"},
      {"=== ann[1]  is now known as a[n] n", irc_kind::nick_changed, "ann[1]", "a[n] n"},
      {"=== ann says bob is now known as x", irc_kind::other_system, "",
       "ann says bob is now known as x"},
      {"=== ann is now known as", irc_kind::other_system, "", "ann is now known as"},
      {"=== ann was kicked off #x by bob (flood)", irc_kind::kicked, "ann", "x by bob (flood)"},
      {"=== mode/#x [+o ann]  by ChanServ", irc_kind::mode, "", "#x [+o ann]  by ChanServ"},
      {"=== ..[topic/#x:ann] : welcome", irc_kind::topic, "", "..[topic/#x:ann] : welcome"},
      {"=== Topic for #x: welcome", irc_kind::topic, "", "Topic for #x: welcome"},
      {"=== ann sighs", irc_kind::other_system, "", "ann sighs"},
      {"=== ann says: bob has joined #x", irc_kind::other_system, "",
       "ann says: bob has joined #x"},
      {"===", irc_kind::other_system, "", ""},
  };
  for (const expected& e : all) {
    const irc_line line = parse_irc_line(e.line);
    EXPECT_STREQ(to_string(line.kind), to_string(e.kind)) << e.line;
    EXPECT_EQ(line.nick, e.nick) << e.line;
    EXPECT_EQ(line.detail, e.detail) << e.line;
    EXPECT_FALSE(line.sendable()) << e.line;
    EXPECT_EQ(line.minute, -1) << e.line;
  }
}

TEST(irc_line, what_fits_no_form_is_unparsable_and_says_why) {
  for (const char* line :
       {"hello", "[09:14]", "[09:14] ", "[9:14] <ann> x", "[09:14]<ann> x", "[09:14] <ann x",
        "[09:14] <ann>x", "[09:14] * ann waves", "[09:14] -ann:#x- a notice", "[0a:14] <ann> x",
        "[09:14] (ann/#x) bob: x", "\r", " ", "== ann is now known as bob", "\xFF\xFE"}) {
    const irc_line parsed = parse_irc_line(line);
    EXPECT_EQ(parsed.kind, irc_kind::unparsable) << line;
    EXPECT_EQ(parsed.trouble, irc_trouble::unknown_form) << line;
  }
  EXPECT_EQ(parse_irc_line("[24:00] <ann> x").trouble, irc_trouble::bad_time);
  EXPECT_EQ(parse_irc_line("[00:60] <ann> x").trouble, irc_trouble::bad_time);
}

TEST(irc_line, empty_line_is_empty) {
  EXPECT_EQ(parse_irc_line("").kind, irc_kind::empty);
}

irc_file file_of(std::string name, std::string_view text) {
  return parse_irc_file(std::move(name), {text.begin(), text.end()});
}

TEST(irc_file, lines_are_numbered_as_an_editor_does) {
  const irc_file file = file_of("2004-12-25.log", "[00:00] <a> 1\n\n[00:01] <b> 2\nno line end");
  ASSERT_EQ(file.lines.size(), 4u);
  EXPECT_EQ(file.lines[0].text, "1");
  EXPECT_EQ(file.lines[1].kind, irc_kind::empty);
  EXPECT_EQ(file.lines[2].text, "2");
  EXPECT_EQ(file.lines[3].kind, irc_kind::unparsable);
  EXPECT_TRUE(file_of("x", "").lines.empty());
  EXPECT_EQ(file_of("x", "\n").lines.size(), 1u);
}

TEST(irc_file, carriage_returns_at_line_ends_and_a_byte_order_mark_are_dropped_and_counted) {
  const irc_file file = file_of(
      "x",
      "\xEF\xBB\xBF[00:00] <a> 1\r\n\r\n[00:01] <b> 2\r\r\n[00:02] <c> 3\r 4\n[00:03] <d> 5\r");
  ASSERT_EQ(file.lines.size(), 5u);
  EXPECT_EQ(file.lines[0].text, "1");
  EXPECT_EQ(file.lines[1].kind, irc_kind::empty);
  EXPECT_EQ(file.lines[2].text, "2\r") << "one of them is the line's end";
  EXPECT_EQ(file.lines[3].text, "3\r 4");
  EXPECT_EQ(file.lines[4].text, "5");
  EXPECT_TRUE(file.byte_order_mark);
  EXPECT_EQ(file.carriage_returns, 4u);
  const irc_file plain = file_of("x",
                                 "[00:00] <a> 1\n[00:00] <a> \xEF\xBB\xBF"
                                 "2\n");
  EXPECT_FALSE(plain.byte_order_mark);
  EXPECT_EQ(plain.carriage_returns, 0u);
  EXPECT_EQ(plain.lines[1].text,
            "\xEF\xBB\xBF"
            "2")
      << "a mark within the text is text";
}

TEST(irc_file, utf16_is_refused_by_name_and_latin_1_is_for_each_line_to_tell) {
  const temporary_directory directory;
  const auto write = [&](std::string_view bytes) {
    std::ofstream(directory.path() / "x.log", std::ios::binary) << bytes;
    return read_irc_file(directory.path() / "x.log");
  };
  const auto wide = write(std::string_view("\xFF\xFE[\0000\000", 6));
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().text, (directory.path() / "x.log").string() +
                                   " is encoded in UTF-16 or UTF-32; save it as UTF-8");
  const auto latin_1 = write("[00:00] <a> caf\xE9\n[00:00] <a> tea\n");
  ASSERT_TRUE(latin_1) << latin_1.error().text;
  EXPECT_EQ(latin_1->lines.at(0).trouble, irc_trouble::invalid_utf8);
  EXPECT_TRUE(latin_1->lines.at(1).sendable());
}

TEST(irc_file, date_is_what_the_name_begins_with) {
  EXPECT_EQ(file_of("2004-12-25.train-c.log", "").date, "2004-12-25");
  EXPECT_EQ(file_of("2004-13-25.log", "").date, "");
  EXPECT_EQ(file_of("2004-12-00.log", "").date, "");
  EXPECT_EQ(file_of("chat.log", "").date, "");
}

TEST(irc_file, views_stay_good_when_the_file_is_moved) {
  irc_file first = file_of("x", "[00:00] <a> text\n");
  const irc_file second = std::move(first);
  EXPECT_EQ(second.lines.at(0).text, "text");
}

TEST(irc_file, missing_file_and_directory_are_named) {
  const auto here = std::filesystem::temp_directory_path();
  const auto missing = read_irc_file(here / "roomlog-no-such-file.log");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::not_found);
  EXPECT_NE(missing.error().text.find("roomlog-no-such-file.log"), std::string::npos);
  EXPECT_EQ(read_irc_file(here).error().code, errc::io);
}

// ROOMLOG_CORPUS, or ../shared/data/ubuntu-irc beside the checkout that holds the working
// directory.
std::filesystem::path corpus_dir() {
  if (const char* named = std::getenv("ROOMLOG_CORPUS")) return named;
  for (auto at = std::filesystem::current_path(); at.has_relative_path(); at = at.parent_path()) {
    if (exists(at / "CMakePresets.json")) return at.parent_path() / "shared/data/ubuntu-irc";
  }
  return {};
}

TEST(irc_corpus, every_line_of_the_corpus_is_classified_and_counted) {
  const auto dir = corpus_dir();
  if (dir.empty() || !is_directory(dir)) GTEST_SKIP() << "no IRC corpus: set ROOMLOG_CORPUS";
  std::size_t lines = 0, invalid = 0;
  std::array<std::size_t, irc_kind_count> kinds{};
  std::array<std::size_t, irc_trouble_count> troubles{};
  std::set<std::string, std::less<>> nicks;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (entry.path().extension() != ".log") continue;
    const auto file = read_irc_file(entry.path());
    ASSERT_TRUE(file) << file.error().text;
    EXPECT_EQ(file->date, entry.path().filename().string().substr(0, 10));
    for (const irc_line& line : file->lines) {
      ++lines;
      ++kinds[static_cast<std::size_t>(line.kind)];
      ++troubles[static_cast<std::size_t>(line.trouble)];
      if (line.kind == irc_kind::message) nicks.emplace(line.nick);
      if (line.trouble == irc_trouble::invalid_utf8) ++invalid;
    }
  }
  const auto count = [&](irc_kind kind) { return kinds[static_cast<std::size_t>(kind)]; };
  EXPECT_EQ(lines, 220463u);
  EXPECT_EQ(count(irc_kind::message), 196146u);
  EXPECT_EQ(nicks.size(), 15733u);
  EXPECT_EQ(count(irc_kind::action), 452u);
  EXPECT_EQ(count(irc_kind::unparsable), 48u);
  EXPECT_EQ(count(irc_kind::empty), 0u);
  EXPECT_EQ(invalid, 0u);
  for (std::size_t i = 0; i < irc_kind_count; ++i) {
    RecordProperty(to_string(static_cast<irc_kind>(i)), static_cast<int>(kinds[i]));
  }
}

}  // namespace
}  // namespace roomlog::testing
