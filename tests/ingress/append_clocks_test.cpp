// The log's clock compared with the gateway's: what is seen, what is said of it, and how often.
#include "ingress/append_clocks.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr partition_id p0{0}, p1{1};
constexpr std::int64_t noon = 1'700'000'000'000'000;

timestamp at(microseconds after_noon) {
  return timestamp{noon + after_noon.count()};
}

struct append_clocks_test : ::testing::Test {
  append_clocks clocks{2, 5000ms, deadline_clock::own};

  // A record that took 20 ms here, appended by a clock that is ahead of ours by `lead`.
  std::optional<append_clocks::notice> append(partition_id partition, microseconds lead,
                                              microseconds now = 0s) {
    return clocks.observe(partition, {at(0s), at(10ms + lead), at(20ms)}, now);
  }
  microseconds skew(partition_id partition) const { return clocks.skews().at(partition.value); }
};

TEST_F(append_clocks_test, a_record_appended_between_hand_over_and_reading_back_says_nothing) {
  for (const auto lead : {-10ms, 0ms, 10ms}) {
    EXPECT_FALSE(append(p0, lead));
    EXPECT_EQ(skew(p0), 0us);
  }
}

TEST_F(append_clocks_test, milliseconds_that_were_cut_off_are_no_difference) {
  EXPECT_FALSE(clocks.observe(p0, {at(999us), at(0us), at(2ms)}, 0s));
  EXPECT_EQ(skew(p0), 0us);
}

TEST_F(append_clocks_test, the_difference_is_what_lies_outside) {
  (void)append(p0, 60s);
  (void)append(p1, -60s);
  EXPECT_EQ(skew(p0), 60s - 10ms);
  EXPECT_EQ(skew(p1), -(60s - 10ms));
  (void)append(p0, 0s);
  EXPECT_EQ(skew(p0), 0us);
}

TEST_F(append_clocks_test, up_to_a_fifth_of_the_deadline_nothing_is_said) {
  EXPECT_FALSE(append(p0, 1s + 10ms));
  const auto notice = append(p0, 1s + 11ms);
  ASSERT_TRUE(notice);
  EXPECT_TRUE(notice->trouble);
  EXPECT_EQ(notice->text,
            "partition 0: the log's clock (on Kafka: the partition's leader's) is at least 1.0 s "
            "ahead of this gateway's; times are shown too late, and from 5.0 s on sends are "
            "refused as expired");
}

TEST_F(append_clocks_test, past_the_deadline_it_says_that_sends_are_refused) {
  const auto notice = append(p1, 60s);
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->text,
            "partition 1: the log's clock (on Kafka: the partition's leader's) is at least 59.9 s "
            "ahead of this gateway's; sends are refused as expired until the clocks agree");
}

TEST_F(append_clocks_test, where_deadlines_follow_the_log_nothing_is_said_to_be_refused) {
  append_clocks following(1, 5000ms, deadline_clock::never_behind_the_log);
  const auto notice = following.observe(p0, {at(0s), at(60s), at(20ms)}, 0s);
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->text,
            "partition 0: the log's clock (on Kafka: the partition's leader's) is at least 59.9 s "
            "ahead of this gateway's; times are shown too late until it has caught up");
}

TEST_F(append_clocks_test, a_clock_that_is_behind_is_named_too) {
  const auto notice = append(p0, -30s);
  ASSERT_TRUE(notice);
  EXPECT_NE(notice->text.find("29.9 s behind this gateway's"), std::string::npos) << notice->text;
}

TEST_F(append_clocks_test, it_is_said_once_a_minute_for_each_partition_and_once_when_it_is_over) {
  EXPECT_TRUE(append(p0, 60s, 100s));
  EXPECT_FALSE(append(p0, 61s, 159s));
  EXPECT_TRUE(append(p1, 60s, 159s));
  EXPECT_TRUE(append(p0, 60s, 160s));
  const auto over = append(p0, 0s, 161s);
  ASSERT_TRUE(over);
  EXPECT_FALSE(over->trouble);
  EXPECT_EQ(over->text, "partition 0: the log's clock and this gateway's agree again");
  EXPECT_FALSE(append(p0, 0s, 162s));
  EXPECT_TRUE(append(p0, 60s, 163s)) << "it begins anew";
}

}  // namespace
}  // namespace roomlog::testing
