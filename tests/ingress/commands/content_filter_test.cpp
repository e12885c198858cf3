#include "ingress/commands/content_filter.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

namespace roomlog::testing {
namespace {

// S3.31
TEST(content_filter, finds_whole_words_without_case) {
  const content_filter filter({"bad", "Grün", "СЛОВО", "ōk"});
  for (const char* text : {"bad", "BAD", "so bAd!", "(bad)", "a\nbad\tb", "bad,good", "„Bad“",
                           "grün", "GRÜN.", "слово", "«Слово»", "Ōk", "ŌK", "x\u3000bad\u3000"}) {
    EXPECT_TRUE(filter.prohibits(text)) << text;
  }
  for (const char* text :
       {"", "badge", "abad", "bad_", "bad1", "b ad", "grüne", "словом", "badé"}) {
    EXPECT_FALSE(filter.prohibits(text)) << text;
  }
}

TEST(content_filter, without_words_prohibits_nothing) {
  EXPECT_FALSE(content_filter({}).prohibits("bad"));
}

TEST(content_filter, words_are_replaced_as_a_whole_while_others_ask) {
  content_filter filter({"bad", "worse"});
  std::atomic<bool> over{false};
  std::thread asking([&] {
    // One list or the other: both words or none of them, at each moment.
    while (!over) EXPECT_TRUE(filter.prohibits("bad good"));
  });
  for (int i = 0; i < 500; ++i) {
    filter.replace({"good"});
    EXPECT_FALSE(filter.prohibits("bad"));
    EXPECT_TRUE(filter.prohibits("good"));
    filter.replace({"bad", "worse"});
    EXPECT_FALSE(filter.prohibits("good"));
    EXPECT_TRUE(filter.prohibits("worse"));
  }
  over = true;
  asking.join();
}

class word_list : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() /
            ("roomlog-words-" + std::to_string(::getpid()) + "-" +
             ::testing::UnitTest::GetInstance()->current_test_info()->name());
  }
  void TearDown() override { std::filesystem::remove(file_); }
  void write(std::string_view text) { std::ofstream(file_) << text; }
  std::filesystem::path file_;
};

TEST_F(word_list, has_one_word_a_line_and_comments) {
  write("# a list\n\n bad \r\nworse # than bad\n#\nÜbel");
  const auto words = load_word_list(file_);
  ASSERT_TRUE(words) << words.error().text;
  EXPECT_EQ(*words, (std::vector<std::string>{"bad", "worse", "Übel"}));
}

TEST_F(word_list, refuses_a_line_that_is_not_one_word_and_names_it) {
  for (const char* line : {"two words", "c++", "c#", "\xff", "it's"}) {
    write(std::string("good\n") + line + "\n");
    const auto words = load_word_list(file_);
    ASSERT_FALSE(words) << line;
    EXPECT_EQ(words.error().code, errc::invalid);
    EXPECT_NE(words.error().text.find("line 2"), std::string::npos) << words.error().text;
  }
}

TEST_F(word_list, may_begin_with_a_byte_order_mark) {
  write(
      "\xEF\xBB\xBF"
      "damn\r\nbad\r\n");
  const auto words = load_word_list(file_);
  ASSERT_TRUE(words) << words.error().text;
  EXPECT_EQ(*words, (std::vector<std::string>{"damn", "bad"}));
}

TEST_F(word_list, refuses_utf16_by_name) {
  write(
      std::string_view("\xFF\xFE"
                       "d\0a\0",
                       6));
  const auto words = load_word_list(file_);
  ASSERT_FALSE(words);
  EXPECT_EQ(words.error().text,
            file_.string() + " is encoded in UTF-16 or UTF-32; save it as UTF-8");
}

TEST_F(word_list, refuses_a_file_that_is_not_there) {
  EXPECT_EQ(load_word_list(file_).error().code, errc::not_found);
}

TEST_F(word_list, refuses_a_directory) {
  EXPECT_EQ(load_word_list(file_.parent_path()).error().code, errc::io);
}

}  // namespace
}  // namespace roomlog::testing
