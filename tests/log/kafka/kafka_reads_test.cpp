#include "log/kafka/kafka_reads.h"

#include <gtest/gtest.h>

#include "tests/log/kafka/kafka_fakes.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

using std::chrono::milliseconds;

constexpr partition_id p0{0};
constexpr partition_id p1{1};

struct kafka_reads_test : ::testing::Test {
  kafka_reads_test() {
    for (const auto& one : partitions) one->set_leader(1);
  }
  ~kafka_reads_test() override { reads.stop(); }
  kafka_partition& one(partition_id id) { return *partitions[id.value]; }
  errc refusal(offset from) { return reads.read(p0, from, 1000).error().code; }

  kafka_partitions partitions = make_partitions(2, log_bounds{offset{5}, offset{10}});
  fake_cluster cluster;
  kafka_reach reach{std::chrono::microseconds{0}};
  std::atomic<int> worries{0};
  std::vector<milliseconds> waits;  // of the reads of brokers
  std::optional<error> fails;
  kafka_reads reads{"events",
                    partitions,
                    [this](partition_id partition, offset from, offset, std::size_t,
                           milliseconds wait) -> kafka_reads::answer {
                      waits.push_back(wait);
                      if (fails) return *fails;
                      return record_at(partition, from, "of a broker");
                    },
                    cluster,
                    reach,
                    [this] { ++worries; }};
};

TEST_F(kafka_reads_test, the_tail_answers_what_it_has_and_brokers_the_rest) {
  take(one(p0), "of the tail");
  EXPECT_EQ(as_text((*reads.read(p0, offset{10}, 1000).value())[0].value), "of the tail");
  EXPECT_EQ(as_text((*reads.read(p0, offset{9}, 1000).value())[0].value), "of a broker");
  EXPECT_TRUE(reads.read(p0, offset{11}, 1000).value()->empty());
  EXPECT_EQ(reads.from_tail(), 2u);
  EXPECT_EQ(reads.from_storage(), 1u);
}

TEST_F(kafka_reads_test, positions_outside_of_the_bounds_are_refused_without_a_question) {
  EXPECT_EQ(refusal(offset{11}), errc::out_of_range);
  EXPECT_EQ(refusal(offset{4}), errc::out_of_range);
  EXPECT_EQ(reads.read(partition_id{2}, offset{0}, 1).error().code, errc::invalid);
  EXPECT_TRUE(waits.empty());
}

TEST_F(kafka_reads_test, a_partition_without_leader_or_place_is_not_waited_for) {
  (void)reach.note_answer(std::chrono::microseconds{1}, {p0});
  EXPECT_EQ(refusal(offset{6}), errc::timeout);
  auto absent = make_partitions(1, std::nullopt);
  kafka_reads of_it{"events", absent, nullptr, cluster, reach, [] {}};
  const auto refused = of_it.read(p0, offset{0}, 1);
  EXPECT_EQ(refused.error().code, errc::timeout);
  EXPECT_NE(refused.error().text.find("events has had no leader"), std::string::npos);
  EXPECT_TRUE(waits.empty());
}

TEST_F(kafka_reads_test,
       a_silent_leader_is_waited_for_once_and_then_shortly_in_all_its_partitions) {
  fails = error{errc::timeout, "silence"};
  EXPECT_EQ(refusal(offset{6}), errc::timeout);
  EXPECT_EQ(worries, 1);
  EXPECT_TRUE(one(p1).is_silent());
  EXPECT_EQ(reads.read(p1, offset{6}, 1).error().code, errc::timeout);
  fails.reset();
  EXPECT_TRUE(reads.read(p0, offset{6}, 1));
  EXPECT_FALSE(one(p1).is_silent());
  EXPECT_TRUE(reads.read(p1, offset{6}, 1));
  EXPECT_EQ(waits, (std::vector{milliseconds{2000}, milliseconds{200}, milliseconds{200},
                                milliseconds{2000}}));
}

TEST_F(kafka_reads_test, a_start_that_moved_meanwhile_is_named) {
  fails = error{errc::out_of_range, "the broker has no such offset"};
  cluster.at[p0] = {offset{8}, offset{10}};
  const auto refused = reads.read(p0, offset{6}, 1000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::out_of_range);
  EXPECT_NE(refused.error().text.find("begins at 8"), std::string::npos);
  EXPECT_EQ(one(p0).start(), offset{8});
}

// A broker that leads no more may refuse what the log has.
TEST_F(kafka_reads_test, a_refused_position_that_the_log_has_is_for_another_time) {
  fails = error{errc::out_of_range, "the broker has no such offset"};
  cluster.at[p0] = {offset{5}, offset{10}};
  EXPECT_EQ(refusal(offset{6}), errc::timeout);
  EXPECT_GE(worries, 1);
  cluster.at.clear();
  EXPECT_EQ(refusal(offset{6}), errc::timeout) << "nobody says where it stands";
}

TEST_F(kafka_reads_test, without_waiting_the_answer_comes_later_and_followers_are_told) {
  std::atomic<int> told{0};
  const auto following = one(p0).following.add([&] { ++told; });
  EXPECT_EQ(reads.read_without_waiting(p0, offset{6}, 1000).value(), nullptr);
  EXPECT_TRUE(eventually([&] { return told == 1; }));
  EXPECT_EQ(as_text((*reads.read_without_waiting(p0, offset{6}, 1000).value())[0].value),
            "of a broker");
  reads.stop();
  EXPECT_NE(reads.read_without_waiting(p0, offset{7}, 1000).value(), nullptr)
      << "a log that is closed is still read";
}

}  // namespace
}  // namespace roomlog::testing
