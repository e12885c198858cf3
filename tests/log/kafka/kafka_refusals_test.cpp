#include "log/kafka/kafka_refusals.h"

#include <gtest/gtest.h>

#include "tests/log/kafka/kafka_fakes.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

struct kafka_refusals_test : ::testing::Test {
  kafka_refusals_test() {
    cluster.at[p0] = {offset{5}, offset{20}};
    cluster.led_by = kafka_inquiry::leaders{1, 1};
  }
  kafka_partition& one() { return *partitions[0]; }
  void look() { refusals.look_into(one()); }
  bool is_due() {
    clock.advance(std::chrono::seconds(1));
    return !refusals.due(clock.steady()).empty();
  }
  // Looks until nothing is open any more, and says how often.
  int looks() {
    int count = 0;
    while (is_due() && count < 20) {
      look();
      ++count;
    }
    return count;
  }

  manual_clock_source clock;
  kafka_partitions partitions = make_partitions(2, log_bounds{offset{5}, offset{10}});
  fake_cluster cluster;
  fake_owner owner;
  int resumed = 0;
  bool can_resume = true;
  kafka_comparison comparison{
      partitions,
      [](partition_id, offset,
         std::chrono::milliseconds) -> result<std::shared_ptr<const record_batch>> {
        return error{errc::timeout, "silence"};
      },
      owner};
  kafka_refusals refusals{"events",
                          partitions,
                          cluster,
                          comparison,
                          [this](const kafka_partition&) {
                            ++resumed;
                            return can_resume;
                          },
                          owner,
                          clock};
};

TEST_F(kafka_refusals_test, a_position_that_the_log_has_is_read_on) {
  refusals.note(one(), RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
  EXPECT_EQ(looks(), 1);
  EXPECT_EQ(resumed, 1);
  EXPECT_TRUE(owner.stopped.empty());
}

TEST_F(kafka_refusals_test, a_log_that_ends_before_what_was_read_is_believed_the_third_time) {
  cluster.at[p0].end = offset{8};
  refusals.note(one(), RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET);
  EXPECT_EQ(looks(), 3);
  ASSERT_EQ(owner.stopped.size(), 1u);
  EXPECT_EQ(owner.stopped[0].code, errc::damaged);
  EXPECT_NE(owner.stopped[0].text.find("events was cut off"), std::string::npos);
  EXPECT_EQ(resumed, 0);
}

TEST_F(kafka_refusals_test, records_that_were_deleted_unread_stop_the_partition) {
  cluster.at[p0] = {offset{12}, offset{20}};
  refusals.note(one(), RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
  EXPECT_EQ(looks(), 3);
  ASSERT_EQ(owner.stopped.size(), 1u);
  EXPECT_EQ(owner.stopped[0].code, errc::out_of_range);
  EXPECT_NE(owner.stopped[0].text.find("up to 12"), std::string::npos);
  EXPECT_EQ(one().start(), offset{12});
}

TEST_F(kafka_refusals_test, nothing_is_concluded_while_nobody_answers) {
  for (const auto code :
       {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART}) {
    cluster.at.clear();
    cluster.led_by = error{errc::unavailable, "no broker answers"};
    refusals.note(one(), code);
    EXPECT_EQ(looks(), 20);
    EXPECT_TRUE(owner.stopped.empty());
    cluster.at[p0] = {offset{5}, offset{20}};
    cluster.led_by = kafka_inquiry::leaders{1, 1};
    EXPECT_EQ(looks(), 1);
  }
}

TEST_F(kafka_refusals_test, a_topic_that_is_gone_is_believed_the_fifth_time) {
  cluster.led_by = error{errc::not_found, "there is no topic events"};
  refusals.note(one(), RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  EXPECT_EQ(looks(), 5);
  ASSERT_EQ(owner.stopped.size(), 1u);
  EXPECT_EQ(owner.stopped[0].code, errc::damaged);
}

TEST_F(kafka_refusals_test, a_topic_with_more_partitions_is_another_one) {
  cluster.led_by = kafka_inquiry::leaders{1, 1, 1};
  refusals.note(one(), RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION);
  EXPECT_EQ(looks(), 5);
  ASSERT_EQ(owner.stopped.size(), 1u);
  EXPECT_EQ(owner.stopped[0].code, errc::mismatch);
  EXPECT_NE(owner.stopped[0].text.find("has 3 partitions now; it had 2"), std::string::npos);
}

TEST_F(kafka_refusals_test, a_missing_right_stops_at_once) {
  refusals.note(one(), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_EQ(looks(), 1);
  ASSERT_EQ(owner.stopped.size(), 1u);
  EXPECT_EQ(owner.stopped[0].code, errc::io);
}

TEST_F(kafka_refusals_test, reading_that_cannot_go_on_now_is_tried_again) {
  can_resume = false;
  refusals.note(one(), RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
  EXPECT_EQ(looks(), 20);
  can_resume = true;
  EXPECT_EQ(looks(), 1);
}

// Otherwise records of another topic would be read before anybody looked.
TEST_F(kafka_refusals_test, nothing_is_read_on_before_the_last_record_was_compared) {
  take(one(), "a");
  comparison.remember_last(one());
  refusals.note(one(), RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
  EXPECT_EQ(looks(), 20) << "the record cannot be read";
  EXPECT_EQ(resumed, 0);
}

TEST_F(kafka_refusals_test, looks_are_a_second_apart_and_the_first_refusal_counts) {
  cluster.at.clear();
  refusals.note(one(), RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
  refusals.note(one(), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_EQ(refusals.due(clock.steady()).size(), 1u) << "the first look is at once";
  look();
  EXPECT_TRUE(owner.stopped.empty());
  clock.advance(std::chrono::milliseconds(999));
  EXPECT_TRUE(refusals.due(clock.steady()).empty());
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(refusals.due(clock.steady()).size(), 1u);
}

}  // namespace
}  // namespace roomlog::testing
