// Every order in which reports, records and losses can come.
#include "log/kafka/kafka_appends.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

using std::chrono::microseconds;

constexpr partition_id p0{0};

struct kafka_appends_test : ::testing::Test {
  // Hands one record over; `accepted` says how many records the producer takes.
  kafka_append* append(const std::vector<std::string>& values, std::size_t accepted = 100,
                       std::uint64_t producer = 1) {
    auto call = std::make_unique<kafka_append>();
    for (const auto& value : values) call->entries.push_back({"key", value});
    call->bytes = bytes_each * values.size();
    call->handed_over = now;
    call->producer = producer;
    auto* const made = call.get();
    std::size_t sent = 0;
    last = appends.hand_over(std::move(call), [&](const append_entry&, kafka_append*) -> result<> {
      if (sent++ < accepted) return {};
      return error{errc::full, "no room"};
    });
    return made;
  }
  void persisted(kafka_append* call, std::optional<std::uint64_t> at) {
    kafka_delivery_report what;
    if (at) what.at = offset{*at};
    appends.report(call, what, now);
  }
  void failed(kafka_append* call, bool may_have_left) {
    appends.report(call, {"gone wrong", std::nullopt, may_have_left}, now);
  }
  void read_back(const std::vector<std::string>& values, const std::string& key = "key") {
    record_batch_builder batch(p0, recent.end());
    auto at = recent.end();
    for (const auto& value : values) batch.add(at, {}, key, as_byte_view(value)), ++at;
    recent.push(batch.finish());
  }
  // "3", "unknown_outcome" …, in the order of the answers.
  std::string due() { return text(appends.take_due(now)); }
  static std::string text(const kafka_answers& answers) {
    std::string all;
    for (const auto& one : answers) {
      if (!all.empty()) all += ' ';
      all += one.outcome ? std::to_string(one.outcome->value) : to_string(one.outcome.error().code);
    }
    return all;
  }

  static constexpr std::size_t bytes_each = 7;
  tail recent{offset{10}, std::size_t{1} << 20};
  kafka_appends appends{p0, &recent};
  result<> last;
  microseconds now{0};
};

TEST_F(kafka_appends_test, an_append_is_due_when_it_is_reported_and_read_back) {
  auto* a = append({"a"});
  EXPECT_EQ(due(), "");
  persisted(a, 10);
  EXPECT_EQ(due(), "");
  read_back({"a"});
  EXPECT_EQ(due(), "10");
  auto* b = append({"b"});
  read_back({"b"});
  EXPECT_EQ(due(), "");
  persisted(b, 11);
  EXPECT_EQ(due(), "11");
}

TEST_F(kafka_appends_test, several_records_are_due_with_the_last_of_them) {
  auto* a = append({"a", "b", "c"});
  persisted(a, 10);
  persisted(a, 12);
  read_back({"a", "x", "b"});
  persisted(a, 13);
  EXPECT_EQ(due(), "");
  read_back({"c"});
  EXPECT_EQ(due(), "10");
}

// librdkafka may report the batches of one append in any order after a retry.
TEST_F(kafka_appends_test, the_lowest_offset_is_the_answer_and_the_highest_is_waited_for) {
  auto* a = append({"a", "b", "c"});
  persisted(a, 11);
  persisted(a, 12);
  persisted(a, 10);
  read_back({"a", "b"});
  EXPECT_EQ(due(), "");
  read_back({"c"});
  EXPECT_EQ(due(), "10");
}

TEST_F(kafka_appends_test, bytes_count_from_the_hand_over_to_the_answer) {
  auto* a = append({"a"});
  EXPECT_EQ(appends.bytes(), bytes_each);
  append({"refused"}, 0);
  EXPECT_EQ(appends.bytes(), bytes_each);
  append({"b", "c"}, 100, 2);
  EXPECT_EQ(appends.bytes(), 3 * bytes_each);
  persisted(a, 10);
  EXPECT_EQ(appends.bytes(), 3 * bytes_each);
  read_back({"a"});
  EXPECT_EQ(due(), "10");
  EXPECT_EQ(appends.bytes(), 2 * bytes_each);
  EXPECT_EQ(text(appends.give_up(2, "fatal")), "unknown_outcome");
  EXPECT_EQ(appends.bytes(), 0u);
}

TEST_F(kafka_appends_test, an_answer_says_what_it_was_about_and_how_long_it_took) {
  now = microseconds{1000};
  auto* a = append({"a", "value"});
  now = microseconds{1400};
  persisted(a, 10);
  now = microseconds{1700};
  persisted(a, 11);
  read_back({"a", "value"});
  now = microseconds{9000};
  const auto answers = appends.take_due(now);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].bytes, 2 * bytes_each);
  EXPECT_EQ(answers[0].records, 2u);
  EXPECT_EQ(answers[0].data_bytes, 3u + 1 + 3 + 5);
  EXPECT_EQ(answers[0].took, microseconds{700});
}

TEST_F(kafka_appends_test, a_record_with_another_key_is_another_record) {
  auto* a = append({"same"});
  persisted(a, std::nullopt);
  read_back({"same"}, "another key");
  EXPECT_EQ(due(), "");
  read_back({"same"});
  EXPECT_EQ(due(), "11");
}

TEST_F(kafka_appends_test, the_first_reason_why_nothing_is_read_back_stays) {
  auto* a = append({"a"});
  persisted(a, 10);
  appends.stop_reading_back("cut off");
  appends.stop_reading_back("closed");
  const auto answers = appends.take_due(now);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].outcome.error().text, "cut off");
}

TEST_F(kafka_appends_test, without_following_the_reports_alone_decide) {
  kafka_appends alone(p0, nullptr);
  auto call = std::make_unique<kafka_append>();
  call->entries.push_back({"key", "a"});
  auto* a = call.get();
  ASSERT_TRUE(alone.hand_over(std::move(call),
                              [](const append_entry&, kafka_append*) { return result<>{}; }));
  alone.report(a, {"", offset{7}, true}, now);
  EXPECT_EQ(text(alone.take_due(now)), "7");
}

TEST_F(kafka_appends_test, what_never_left_is_unavailable_and_what_may_have_is_unknown) {
  auto* a = append({"a"});
  auto* b = append({"b"});
  auto* c = append({"c", "d"});
  failed(a, false);
  failed(b, true);
  failed(c, false);
  failed(c, true);
  EXPECT_EQ(due(), "unavailable unknown_outcome unknown_outcome");
}

TEST_F(kafka_appends_test, an_append_that_is_there_in_part_is_unknown) {
  auto* a = append({"a", "b"});
  persisted(a, 10);
  failed(a, false);
  EXPECT_EQ(due(), "unknown_outcome");
}

TEST_F(kafka_appends_test, a_refused_first_record_leaves_no_trace_and_a_later_one_is_answered) {
  append({"a", "b"}, 0);
  EXPECT_EQ(last.error().code, errc::full);
  auto* b = append({"c", "d"}, 1);
  EXPECT_TRUE(last);
  persisted(b, 10);
  EXPECT_EQ(due(), "unknown_outcome");
}

TEST_F(kafka_appends_test, a_report_without_offset_is_found_again_by_its_bytes) {
  auto* a = append({"a"});
  auto* b = append({"b"});
  read_back({"other", "a"});
  persisted(a, std::nullopt);
  EXPECT_EQ(due(), "11");
  persisted(b, std::nullopt);
  EXPECT_EQ(due(), "");
  EXPECT_TRUE(appends.waits_for_match());
  read_back({"other"});
  EXPECT_EQ(due(), "");
  read_back({"b"});
  EXPECT_EQ(due(), "13");
  EXPECT_FALSE(appends.waits_for_match());
}

TEST_F(kafka_appends_test, the_same_bytes_are_never_taken_twice) {
  auto* a = append({"same"});
  auto* b = append({"same"});
  auto* c = append({"same"});
  read_back({"same", "same"});
  persisted(a, 10);
  persisted(b, std::nullopt);
  persisted(c, std::nullopt);
  EXPECT_EQ(due(), "10 11");
  read_back({"same"});
  EXPECT_EQ(due(), "12");
}

TEST_F(kafka_appends_test, what_was_there_before_the_hand_over_is_never_taken_for_it) {
  read_back({"same"});
  auto* a = append({"same"});
  persisted(a, std::nullopt);
  EXPECT_EQ(due(), "");
  read_back({"same"});
  EXPECT_EQ(due(), "11");
}

TEST_F(kafka_appends_test, what_is_not_found_again_in_time_is_unknown) {
  auto* a = append({"a"});
  persisted(a, std::nullopt);
  now += kafka_appends::match_wait - microseconds{1};
  EXPECT_EQ(due(), "");
  now += microseconds{1};
  EXPECT_EQ(due(), "unknown_outcome");
}

TEST_F(kafka_appends_test, what_a_later_append_of_its_producer_overtook_does_not_come_any_more) {
  auto* a = append({"a"});
  auto* b = append({"b"});
  auto* c = append({"c"}, 100, 2);
  persisted(a, std::nullopt);
  persisted(c, 10);
  read_back({"c"});
  EXPECT_EQ(due(), "");  // another producer's
  persisted(b, 11);
  EXPECT_EQ(due(), "");
  read_back({"b"});
  EXPECT_EQ(due(), "unknown_outcome 11 10");
}

TEST_F(kafka_appends_test, with_a_producer_goes_what_it_had_and_nothing_else) {
  append({"lost"});
  auto* read = append({"read"});
  persisted(read, 11);
  auto* other = append({"other"}, 100, 2);
  EXPECT_EQ(text(appends.give_up(1, "fatal")), "unknown_outcome");
  EXPECT_EQ(due(), "");
  read_back({"lost", "read"});
  EXPECT_EQ(due(), "11");
  persisted(other, 12);
  read_back({"other"});
  EXPECT_EQ(due(), "12");
}

TEST_F(kafka_appends_test, when_nothing_is_read_back_any_more_what_waits_for_it_is_unknown) {
  auto* a = append({"a"});
  auto* b = append({"b"});
  persisted(a, 10);
  appends.stop_reading_back("cut off");
  EXPECT_EQ(due(), "unknown_outcome");
  persisted(b, std::nullopt);
  EXPECT_EQ(due(), "unknown_outcome");
}

}  // namespace
}  // namespace roomlog::testing
