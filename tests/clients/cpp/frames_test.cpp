// What a server says, as values.
#include "clients/cpp/frames.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace roomlog::testing {
namespace {

boost::json::object object(const char* text) {
  return boost::json::parse(text).as_object();
}

TEST(client_frames, a_field_of_another_kind_counts_as_missing) {
  const auto frame = object(R"({"n":7,"minus":-1,"part":1.5,"t":"x","yes":true})");
  EXPECT_EQ(client::number_of(frame, "n"), 7u);
  EXPECT_EQ(client::text_of(frame, "t"), "x");
  EXPECT_TRUE(client::flag_of(frame, "yes"));
  for (const char* name : {"minus", "part", "t", "yes", "none"}) {
    EXPECT_EQ(client::number_of(frame, name), 0u) << name;
  }
  for (const char* name : {"n", "yes", "none"}) EXPECT_EQ(client::text_of(frame, name), "") << name;
  for (const char* name : {"n", "t", "none"}) EXPECT_FALSE(client::flag_of(frame, name)) << name;
}

TEST(client_frames, a_hello_names_times_and_features) {
  const auto full =
      client::greeting_of(object(R"({"type":"hello","session":"s","epoch":"e","ping_ms":500,
                 "limits":{"attempt_ms":7000},"features":["http",1,"edits"]})"));
  EXPECT_EQ(full.session, "s");
  EXPECT_EQ(full.epoch, "e");
  EXPECT_EQ(full.ping, std::chrono::milliseconds(500));
  EXPECT_EQ(full.attempt, std::chrono::milliseconds(7000));
  EXPECT_EQ(full.features, (std::vector<std::string>{"http", "edits"}));
  const auto bare = client::greeting_of(object(R"({"type":"hello","limits":[],"features":{}})"));
  EXPECT_EQ(bare.ping, std::chrono::milliseconds(2'000)) << "the protocol's own";
  EXPECT_EQ(bare.attempt, std::chrono::milliseconds(10'000)) << "the protocol's own";
}

TEST(client_frames, an_answer_is_an_ack_or_a_refusal) {
  const auto ack = client::answer_of(object(R"({"type":"ack","id":3,"duplicate":true,"seq":9})"));
  EXPECT_EQ(ack.id, 3u);
  EXPECT_EQ(ack.type, "ack");
  EXPECT_TRUE(ack.duplicate);
  EXPECT_FALSE(ack.refused());
  const auto refusal = client::answer_of(object(
      R"({"type":"error","id":4,"code":"rate_limited","message":"m","retry_after_ms":250})"));
  EXPECT_TRUE(refusal.refused());
  EXPECT_TRUE(refusal.is(error_code::rate_limited));
  EXPECT_FALSE(refusal.is(error_code::overloaded));
  EXPECT_EQ(refusal.message, "m");
  EXPECT_EQ(refusal.retry_after, std::chrono::milliseconds(250));
}

TEST(client_frames, a_refusal_may_pass_when_its_code_or_the_frame_says_so) {
  const auto temporary = [](const std::string& rest) {
    return client::answer_of(object((R"({"type":"error","id":1,)" + rest + "}").c_str())).temporary;
  };
  for (const char* code : {"rate_limited", "overloaded", "unavailable", "unknown_outcome",
                           "expired", "predecessor_missing"}) {
    EXPECT_TRUE(temporary(R"("code":")" + std::string(code) + '"')) << code;
  }
  for (const char* code : {"no_permission", "cid_conflict", "of_a_later_version"}) {
    EXPECT_FALSE(temporary(R"("code":")" + std::string(code) + '"')) << code;
    EXPECT_TRUE(temporary(R"("temporary":true,"code":")" + std::string(code) + '"')) << code;
  }
}

}  // namespace
}  // namespace roomlog::testing
