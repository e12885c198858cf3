#include <gtest/gtest.h>

#include "ingress/commands/command_kind.h"
#include "tests/ingress/commands/record_of.h"

namespace roomlog::testing {
namespace {

std::string told(std::string_view named, seq_no head) {
  const auto record =
      record_of(R"({"type":"send","room":"r","cid":"c","text":"t",)" + std::string(named) + "}");
  const auto refused = kind_of(record).wrong_target(record, head);
  EXPECT_EQ(refused.code, error_code::invalid_field);
  return refused.message;
}

TEST(send, a_seq_beyond_the_head_is_told_with_the_head) {
  EXPECT_EQ(told(R"("thread":7,"reply_to":9)", seq_no{8}),
            "reply_to is beyond the head, which is 8");
  EXPECT_EQ(told(R"("thread":1)", seq_no{}), "thread is beyond the head, which is 0");
}

TEST(send, a_seq_that_is_no_live_message_is_told_by_its_field) {
  EXPECT_EQ(told(R"("thread":7,"reply_to":8)", seq_no{8}),
            "thread, reply_to: must be the seq of a message that is not deleted");
  EXPECT_EQ(told(R"("reply_to":8)", seq_no{8}),
            "reply_to: must be the seq of a message that is not deleted");
}

TEST(send, only_its_text_is_filtered) {
  const auto record = record_of(
      R"({"type":"send","room":"r","cid":"c","text":"words","metadata":{"of":"others"}})");
  EXPECT_EQ(kind_of(record).filtered_text(record), "words");
  const auto silent =
      record_of(R"({"type":"send","room":"r","cid":"c","attachments":[{"url":"u"}]})");
  EXPECT_EQ(kind_of(silent).filtered_text(silent), "");
}

}  // namespace
}  // namespace roomlog::testing
