#include "log/kafka/kafka_leader_watch.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/log/kafka/kafka_fakes.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

struct kafka_leader_watch_test : ::testing::Test {
  ~kafka_leader_watch_test() override { questions.stop(); }
  kafka_partition& one(partition_id id) { return *partitions[id.value]; }
  error silence() { return {errc::unavailable, "no broker answers"}; }

  manual_clock_source clock;
  kafka_partitions partitions = make_partitions(2, log_bounds{offset{0}, offset{10}});
  fake_cluster cluster;
  fake_owner owner;
  kafka_reach reach{clock.steady()};
  kafka_comparison comparison{
      partitions,
      [](partition_id, offset,
         std::chrono::milliseconds) -> result<std::shared_ptr<const record_batch>> {
        return error{errc::timeout, "silence"};
      },
      owner};
  kafka_questions questions;
  kafka_leader_watch watch{partitions, cluster, questions, comparison, reach, owner, clock};
};

TEST_F(kafka_leader_watch_test, leaders_are_noted_and_partitions_without_one_are_told) {
  cluster.led_by = kafka_inquiry::leaders{3, -1};
  watch.find_leaders();
  EXPECT_EQ(one(p0).leader(), 3);
  EXPECT_EQ(one(p1).leader(), -1);
  EXPECT_TRUE(reach.is_leaderless(p1));
  EXPECT_FALSE(reach.is_leaderless(p0));
}

TEST_F(kafka_leader_watch_test, what_was_read_from_the_old_leader_is_compared) {
  take(one(p0), "a");
  cluster.led_by = kafka_inquiry::leaders{1, 1};
  watch.find_leaders();
  EXPECT_TRUE(comparison.due().empty()) << "the first leader is no change";
  cluster.led_by = kafka_inquiry::leaders{2, 1};
  watch.find_leaders();
  EXPECT_EQ(comparison.due(), std::vector<kafka_partition*>{&one(p0)});
}

// One client asks the same stopped broker again while its connection is open.
TEST_F(kafka_leader_watch_test, brokers_are_silent_when_a_new_client_has_no_answer_either) {
  cluster.led_by = silence();
  cluster.led_by_anew = kafka_inquiry::leaders{1, 1};
  watch.find_leaders();
  EXPECT_FALSE(reach.is_silent());
  EXPECT_EQ(one(p0).leader(), 1);
  cluster.led_by_anew = silence();
  watch.find_leaders();
  EXPECT_TRUE(reach.is_silent());
  EXPECT_EQ(one(p0).leader(), 1) << "what was said last stands";
}

TEST_F(kafka_leader_watch_test, a_topic_that_is_gone_or_another_one_is_looked_into) {
  cluster.led_by = error{errc::not_found, "there is no topic"};
  watch.find_leaders();
  cluster.led_by = kafka_inquiry::leaders{1, 1, 1};
  watch.find_leaders();
  EXPECT_EQ(owner.codes, std::vector(2, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART));
  EXPECT_FALSE(reach.is_silent()) << "somebody answered";
  cluster.led_by = error{errc::io, "something else"};
  watch.find_leaders();
  EXPECT_EQ(owner.codes.size(), 2u);
}

TEST_F(kafka_leader_watch_test, starts_follow_and_ends_count_what_is_unread) {
  cluster.at[p0] = {offset{4}, offset{25}};
  watch.find_bounds({p0, p1});
  EXPECT_EQ(one(p0).start(), offset{4});
  EXPECT_EQ(one(p0).unread(), 15u);
  EXPECT_EQ(one(p1).start(), offset{0}) << "its leader did not say";
}

TEST_F(kafka_leader_watch_test, a_partition_that_is_not_placed_has_no_start) {
  kafka_partitions absent = make_partitions(1, std::nullopt);
  kafka_leader_watch of_it{absent, cluster, questions, comparison, reach, owner, clock};
  cluster.at[p0] = {offset{4}, offset{25}};
  of_it.find_bounds({p0});
  EXPECT_EQ(absent[0]->start(), offset{0});
}

TEST_F(kafka_leader_watch_test, is_asked_every_5_seconds_and_every_second_in_trouble) {
  std::atomic<int> asked{0};
  struct counting final : kafka_inquiry {
    explicit counting(std::atomic<int>& count) : asked(count) {}
    std::vector<result<offset>> bounds(const std::vector<partition_id>& of,
                                       kafka_bound) const override {
      return std::vector<result<offset>>(of.size(), offset{0});
    }
    result<leaders> find_leaders() const override {
      ++asked;
      return leaders{1, 1};
    }
    result<leaders> find_leaders_anew() const override { return leaders{1, 1}; }
    std::atomic<int>& asked;
  } counted{asked};
  kafka_leader_watch of_it{partitions, counted, questions, comparison, reach, owner, clock};
  auto now = std::chrono::microseconds(std::chrono::seconds(100));
  const auto look = [&](std::chrono::seconds later, int expected) {
    now += later;
    // Until the question before it has come back, another one is not taken.
    EXPECT_TRUE(eventually([&] {
      of_it.look(now);
      return asked == expected;
    })) << asked;
    // The same thread runs this behind what was asked.
    std::atomic<bool> through{false};
    EXPECT_TRUE(eventually([&] {
      return questions.ask_anybody(kafka_questions::chore::rest_readers, [&] { through = true; });
    }));
    EXPECT_TRUE(eventually([&] { return through.load(); }));
    EXPECT_EQ(asked, expected);
  };
  look(std::chrono::seconds(0), 1);
  look(std::chrono::seconds(4), 1);
  look(std::chrono::seconds(1), 2);
  of_it.note_trouble();
  look(std::chrono::seconds(1), 3);
  look(std::chrono::seconds(1), 3);
}

}  // namespace
}  // namespace roomlog::testing
