// What the parts of the Kafka engine remember; no broker is needed.
#include <gtest/gtest.h>

#include "log/kafka/kafka_partition.h"
#include "log/kafka/kafka_reach.h"

namespace roomlog::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr partition_id p0{0};
constexpr std::size_t plenty = std::size_t{1} << 20;

std::shared_ptr<const record_batch> batch_at(offset from) {
  record_batch_builder builder(p0, from);
  builder.add(from, {}, "key", as_byte_view(std::string_view("value")));
  return builder.finish();
}

// ---- kafka_reach ----

TEST(kafka_reach, silence_is_told_once_and_so_is_its_end) {
  kafka_reach reach(microseconds{0});
  EXPECT_TRUE(reach.is_whole());
  EXPECT_EQ(reach.note_silence(), "no broker answers");
  EXPECT_EQ(reach.note_silence(), "");
  EXPECT_TRUE(reach.is_silent());
  EXPECT_FALSE(reach.is_whole());
  EXPECT_EQ(reach.note_answer(microseconds{1}, {}), "brokers answer again");
  EXPECT_EQ(reach.note_answer(microseconds{2}, {}), "");
  EXPECT_FALSE(reach.is_silent());
  EXPECT_TRUE(reach.is_whole());
}

TEST(kafka_reach, partitions_without_a_leader_are_told_when_they_change) {
  kafka_reach reach(microseconds{0});
  EXPECT_NE(reach.note_answer(microseconds{1}, {partition_id{3}, partition_id{5}}).find("3, 5"),
            std::string::npos);
  EXPECT_EQ(reach.note_answer(microseconds{2}, {partition_id{3}, partition_id{5}}), "");
  EXPECT_FALSE(reach.is_whole());
  EXPECT_FALSE(reach.is_silent());
  EXPECT_TRUE(reach.is_leaderless(partition_id{5}));
  EXPECT_FALSE(reach.is_leaderless(partition_id{4}));
  (void)reach.note_silence();
  EXPECT_TRUE(reach.is_leaderless(partition_id{5})) << "what was said last stands";
  EXPECT_NE(reach.note_answer(microseconds{3}, {}).find("every partition has a leader"),
            std::string::npos);
  EXPECT_TRUE(reach.is_whole());
}

TEST(kafka_reach, is_silent_for_as_long_as_the_last_answer_is_ago) {
  kafka_reach reach(microseconds{1'000'000});
  const auto silent_for = [&](std::int64_t us) {
    log_stats stats;
    reach.add_to(stats, microseconds{us});
    return stats.silent_for;
  };
  EXPECT_EQ(silent_for(9'000'000), milliseconds{0}) << "nobody was asked in vain";
  (void)reach.note_silence();
  EXPECT_EQ(silent_for(1'000'000), milliseconds{1}) << "silent is never 0";
  EXPECT_EQ(silent_for(4'500'000), milliseconds{3'500});
  (void)reach.note_answer(microseconds{5'000'000}, {});
  EXPECT_EQ(silent_for(9'000'000), milliseconds{0});
  (void)reach.note_silence();
  EXPECT_EQ(silent_for(9'000'000), milliseconds{4'000});
}

// ---- kafka_partition ----

TEST(kafka_partition, opens_in_two_steps_where_nobody_could_say_where_it_stands) {
  kafka_partition late(p0, kafka_follow::nothing, std::nullopt, plenty);
  EXPECT_FALSE(late.is_placed());
  EXPECT_FALSE(late.is_open());
  late.place({offset{3}, offset{9}});
  EXPECT_TRUE(late.is_placed());
  EXPECT_FALSE(late.is_open());
  EXPECT_EQ(late.start(), offset{3});
  EXPECT_EQ(late.end(), offset{9});
  late.open();
  EXPECT_TRUE(late.is_open());
  const kafka_partition early(p0, kafka_follow::nothing, log_bounds{offset{1}, offset{2}}, plenty);
  EXPECT_TRUE(early.is_open());
}

TEST(kafka_partition, its_bounds_never_go_back) {
  kafka_partition one(p0, kafka_follow::nothing, log_bounds{offset{5}, offset{9}}, plenty);
  one.raise_start(offset{3});
  one.raise_end(offset{8});
  EXPECT_EQ(one.start(), offset{5});
  EXPECT_EQ(one.end(), offset{9});
  one.raise_start(offset{6});
  one.raise_end(offset{12});
  EXPECT_EQ(one.start(), offset{6});
  EXPECT_EQ(one.end(), offset{12});
}

TEST(kafka_partition, one_that_is_followed_ends_where_its_tail_does) {
  kafka_partition one(p0, kafka_follow::tail, log_bounds{offset{0}, offset{4}}, plenty);
  EXPECT_EQ(one.end(), offset{4});
  one.raise_end(offset{9});
  EXPECT_EQ(one.end(), offset{4});
  one.recent.push(batch_at(offset{4}));
  EXPECT_EQ(one.end(), offset{5});
}

// What comes meanwhile is not unread any more: nobody waits for the next look.
TEST(kafka_partition, counts_as_unread_what_is_still_not_here) {
  kafka_partition one(p0, kafka_follow::tail, log_bounds{offset{0}, offset{4}}, plenty);
  EXPECT_EQ(one.unread(), 0u);
  one.note_told_end(offset{6});
  EXPECT_EQ(one.unread(), 2u);
  one.recent.push(batch_at(offset{4}));
  EXPECT_EQ(one.unread(), 1u);
  one.recent.push(batch_at(offset{5}));
  one.recent.push(batch_at(offset{6}));
  EXPECT_EQ(one.unread(), 0u);
  kafka_partition alone(p0, kafka_follow::nothing, log_bounds{offset{0}, offset{4}}, plenty);
  alone.note_told_end(offset{6});
  EXPECT_EQ(alone.unread(), 0u) << "nobody reads it here";
}

TEST(kafka_partition, stops_once_and_keeps_its_first_reason) {
  kafka_partition one(p0, kafka_follow::tail, log_bounds{offset{0}, offset{0}}, plenty);
  EXPECT_FALSE(one.stopped());
  EXPECT_TRUE(one.stop({errc::damaged, "the first"}));
  EXPECT_FALSE(one.stop({errc::io, "the second"}));
  ASSERT_TRUE(one.stopped());
  EXPECT_EQ(one.stopped()->code, errc::damaged);
  EXPECT_EQ(one.stopped()->text, "the first");
}

TEST(kafka_partition, one_copy_of_the_descriptor_is_on_its_way_at_a_time) {
  kafka_partition one(p0, kafka_follow::tail, std::nullopt, plenty);
  EXPECT_FALSE(one.begin_copy());
  EXPECT_TRUE(one.begin_copy());
  one.end_copy();
  EXPECT_FALSE(one.begin_copy());
}

// ---- kafka_asked_read ----

TEST(kafka_asked_read, gives_its_answer_once_and_only_for_its_position) {
  kafka_asked_read asked;
  EXPECT_FALSE(asked.take(offset{4}));
  EXPECT_TRUE(asked.begin());
  EXPECT_FALSE(asked.begin()) << "one read at a time";
  asked.put(offset{4}, batch_at(offset{4}));
  const auto taken = asked.take(offset{4});
  ASSERT_TRUE(taken);
  EXPECT_EQ((**taken)->size(), 1u);
  EXPECT_FALSE(asked.take(offset{4}));
  EXPECT_TRUE(asked.begin());
  asked.put(offset{5}, batch_at(offset{5}));
  EXPECT_FALSE(asked.take(offset{6})) << "another position";
  EXPECT_FALSE(asked.take(offset{5})) << "what nobody wants is not kept";
  EXPECT_TRUE(asked.begin());
  asked.give_up();
  EXPECT_TRUE(asked.begin());
}

TEST(kafka_asked_read, tells_why_it_failed) {
  kafka_asked_read asked;
  ASSERT_TRUE(asked.begin());
  asked.put(offset{4}, error{errc::timeout, "no broker"});
  const auto taken = asked.take(offset{4});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->error().code, errc::timeout);
}

}  // namespace
}  // namespace roomlog::testing
