#include "log/kafka/kafka_comparison.h"

#include <gtest/gtest.h>

#include "tests/log/kafka/kafka_fakes.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

struct kafka_comparison_test : ::testing::Test {
  kafka_partitions partitions = make_partitions(2, log_bounds{offset{0}, offset{0}});
  fake_owner owner;
  // What the log has now, by offset; what is not here cannot be read now.
  std::map<offset, result<std::string>> there;
  std::vector<offset> read;
  kafka_comparison comparison{
      partitions,
      [this](partition_id partition, offset at,
             std::chrono::milliseconds) -> result<std::shared_ptr<const record_batch>> {
        read.push_back(at);
        const auto found = there.find(at);
        if (found == there.end()) return error{errc::timeout, "silence"};
        if (!found->second) return found->second.error();
        return record_at(partition, at, *found->second);
      },
      owner};

  kafka_partition& one(partition_id id) { return *partitions[id.value]; }
  bool is_due(partition_id id) {
    const auto due = comparison.due();
    return std::find(due.begin(), due.end(), &one(id)) != due.end();
  }
};

TEST_F(kafka_comparison_test, the_same_record_is_no_news) {
  take(one(p0), "a");
  comparison.remember_last(one(p0));
  EXPECT_TRUE(is_due(p0));
  there.emplace(offset{0}, "a");
  comparison.compare_remembered(one(p0));
  EXPECT_FALSE(is_due(p0));
  EXPECT_TRUE(owner.stopped.empty() && owner.refused.empty());
}

TEST_F(kafka_comparison_test, another_record_stops_the_partition_and_says_where) {
  take(one(p0), "a");
  take(one(p0), "b");
  comparison.remember_last(one(p0));
  there.emplace(offset{1}, "other");
  comparison.compare_remembered(one(p0));
  ASSERT_EQ(owner.stopped.size(), 1u);
  EXPECT_EQ(owner.stopped[0].code, errc::damaged);
  EXPECT_NE(owner.stopped[0].text.find("partition 0, offset 1"), std::string::npos);
}

TEST_F(kafka_comparison_test, what_cannot_be_read_now_is_compared_later) {
  take(one(p0), "a");
  comparison.remember_last(one(p0));
  comparison.compare_remembered(one(p0));
  EXPECT_FALSE(comparison.confirm(one(p0)));
  EXPECT_TRUE(is_due(p0));
  take(one(p0), "b");
  comparison.remember_last(one(p0));
  there.emplace(offset{0}, "a");
  EXPECT_TRUE(comparison.confirm(one(p0))) << "the first one that was remembered counts";
  EXPECT_FALSE(is_due(p0));
}

// A topic that was made anew may be filled with the same bytes.
TEST_F(kafka_comparison_test, the_same_bytes_of_another_time_are_another_record) {
  record_batch_builder earlier(p0, offset{0});
  earlier.add(offset{0}, timestamp{999}, "key", as_byte_view(std::string_view("a")));
  one(p0).recent.push(earlier.finish());
  comparison.remember_last(one(p0));
  there.emplace(offset{0}, "a");
  comparison.compare_remembered(one(p0));
  EXPECT_EQ(owner.stopped.size(), 1u);
}

// What is broken on the way may be whole the second time.
TEST_F(kafka_comparison_test, a_damaged_record_is_read_twice) {
  take(one(p0), "a");
  comparison.remember_last(one(p0));
  there.emplace(offset{0}, error{errc::damaged, "a broken checksum"});
  comparison.compare_remembered(one(p0));
  EXPECT_EQ(read.size(), 2u);
  EXPECT_EQ(owner.stopped.size(), 1u);
}

TEST_F(kafka_comparison_test, a_position_that_is_gone_is_looked_into_and_compared_again) {
  take(one(p0), "a");
  comparison.remember_last(one(p0));
  there.emplace(offset{0}, error{errc::out_of_range, "beyond the end"});
  comparison.compare_remembered(one(p0));
  EXPECT_EQ(owner.looked_into, std::vector{p0});
  EXPECT_TRUE(owner.refused.empty()) << "retention is no error of a broker";
  EXPECT_TRUE(is_due(p0));
  EXPECT_TRUE(owner.stopped.empty());
}

TEST_F(kafka_comparison_test, a_record_that_was_trimmed_is_not_compared) {
  take(one(p0), "a");
  comparison.remember_last(one(p0));
  one(p0).raise_start(offset{1});
  EXPECT_TRUE(comparison.confirm(one(p0)));
  EXPECT_TRUE(read.empty());
}

// Behind what was the last record a round ago there may be records of another topic by now.
TEST_F(kafka_comparison_test, a_round_compares_what_was_last_a_round_ago) {
  take(one(p0), "a");
  comparison.begin_round(one(p0));
  EXPECT_FALSE(is_due(p0)) << "the first round only remembers";
  take(one(p0), "of another topic");
  comparison.begin_round(one(p0));
  there.emplace(offset{0}, "other");
  there.emplace(offset{1}, "of another topic");
  comparison.compare_remembered(one(p0));
  EXPECT_EQ(owner.stopped.size(), 1u);
}

TEST_F(kafka_comparison_test, one_that_differs_has_the_others_compared) {
  for (const auto p : {p0, p1}) {
    take(one(p), "a");
    comparison.begin_round(one(p));
  }
  comparison.remember_last(one(p0));
  there.emplace(offset{0}, "other");
  comparison.compare_remembered(one(p0));
  EXPECT_TRUE(is_due(p1));
}

TEST_F(kafka_comparison_test, the_round_goes_through_all_that_are_read) {
  EXPECT_EQ(comparison.next_in_round(), &one(p0));
  EXPECT_EQ(comparison.next_in_round(), &one(p1));
  (void)one(p0).stop({errc::damaged, "by test"});
  EXPECT_EQ(comparison.next_in_round(), nullptr);
  EXPECT_EQ(comparison.next_in_round(), &one(p1));
}

}  // namespace
}  // namespace roomlog::testing
