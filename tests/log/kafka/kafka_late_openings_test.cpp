#include "log/kafka/kafka_late_openings.h"

#include <gtest/gtest.h>

#include "log/memory_log.h"
#include "tests/log/fake_identity_codec.h"
#include "tests/log/kafka/kafka_fakes.h"
#include "tests/log/log_helpers.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};

// A log of one partition stands for the topic; the identity is that of the log.
struct kafka_late_openings_test : ::testing::Test {
  kafka_late_openings_test() { late.begin(codec); }
  static std::unique_ptr<log> bare_log() {
    memory_log_options options;
    options.wanted = {1, "abc"};
    return open_memory_log(options).value();
  }
  kafka_partition& one() { return *partitions[0]; }
  bool is_due() {
    now += std::chrono::seconds(1);
    return !late.due(now).empty();
  }
  void somebody_leads() { cluster.at[p0] = {offset{0}, events->bounds(p0).end}; }

  const fake_identity_codec codec;
  const std::unique_ptr<log> events = bare_log();
  std::chrono::microseconds now{};
  kafka_partitions partitions = make_partitions(1, std::nullopt);
  fake_cluster cluster;
  fake_owner owner;
  kafka_reach reach{now};
  std::vector<offset> followed_from;
  bool can_follow = true;
  kafka_late_openings late{*events,
                           partitions,
                           cluster,
                           reach,
                           [this](const kafka_partition& partition) {
                             if (can_follow) followed_from.push_back(partition.recent.end());
                             return can_follow;
                           },
                           owner};
};

TEST_F(kafka_late_openings_test, an_empty_partition_gets_its_copy_and_opens) {
  EXPECT_TRUE(is_due());
  late.look(one());
  EXPECT_FALSE(one().is_placed()) << "nobody says where it stands";
  somebody_leads();
  late.look(one());
  EXPECT_TRUE(one().is_placed());
  EXPECT_FALSE(one().is_open());
  EXPECT_TRUE(eventually([&] { return events->bounds(p0).end == offset{1}; })) << "the copy";
  bool told = false;
  const auto following = one().following.add([&] { told = true; });
  late.look(one());
  EXPECT_TRUE(one().is_open());
  EXPECT_TRUE(told);
  EXPECT_FALSE(is_due());
  EXPECT_EQ(events->bounds(p0).end, offset{1}) << "one copy";
}

TEST_F(kafka_late_openings_test, is_followed_from_its_end_at_that_time) {
  ASSERT_TRUE(append_one(*events, p0, codec.encode(events->identity())));
  append_all(*events, p0, {"a", "b"});
  somebody_leads();
  can_follow = false;
  late.look(one());
  EXPECT_FALSE(one().is_placed());
  can_follow = true;
  late.look(one());
  EXPECT_EQ(followed_from, std::vector{offset{3}});
  EXPECT_TRUE(one().is_open());
}

TEST_F(kafka_late_openings_test, a_partition_of_another_log_is_stopped) {
  ASSERT_TRUE(append_one(*events, p0, codec.encode({"fff", 1, 1})));
  somebody_leads();
  late.look(one());
  ASSERT_EQ(owner.stopped.size(), 1u);
  EXPECT_EQ(owner.stopped[0].code, errc::mismatch);
  EXPECT_FALSE(one().is_open());
  EXPECT_FALSE(is_due());
}

TEST_F(kafka_late_openings_test, nothing_is_due_while_nobody_leads_it_or_answers) {
  (void)reach.note_answer(now, {p0});
  EXPECT_FALSE(is_due());
  (void)reach.note_answer(now, {});
  EXPECT_TRUE(is_due());
  (void)reach.note_silence();
  EXPECT_FALSE(is_due());
}

}  // namespace
}  // namespace roomlog::testing
