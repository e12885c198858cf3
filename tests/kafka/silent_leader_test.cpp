// One broker of three is silent: what waits for it keeps nothing waiting that others answer for.
#include <gtest/gtest.h>

#include <future>

#include "log/base/clock.h"
#include "log/kafka/kafka_admin.h"
#include "log/kafka/kafka_bounds.h"
#include "projections/worker/fold_service.h"
#include "tests/kafka/engine_rig.h"
#include "tests/kafka/mock_brokers.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr partition_id p0{0};
constexpr partition_id p1{1};
constexpr partition_id p2{2};

double ms_since(steady::time_point began) {
  return std::chrono::duration<double, std::milli>(steady::now() - began).count();
}

std::unique_ptr<fold_service> fold_of(log& events) {
  fold_service_options options;
  options.views.clear();
  options.threads = 1;
  return make_memory_fold_service(events, options);
}

// The append, and its record through the fold: how long it took, or nothing within a minute.
std::optional<double> ms_to_fold(log& events, fold_service& fold, partition_id in) {
  const auto began = steady::now();
  const auto at = append_one(events, in, "one more");
  if (!at) return std::nullopt;
  const auto folded = [&] { return fold.lookup().position(in) > *at; };
  if (!eventually(folded, 60s)) return std::nullopt;
  return ms_since(began);
}

struct kafka_silent_leader : ::testing::Test {
  mock_brokers brokers{3};

  kafka_silent_leader() {
    brokers.set_leader(1, 0);
    brokers.set_leader(2, 1);
    brokers.set_leader(1, 2);
  }
  void silence(std::int32_t broker) { brokers.set_slow(broker, 20s); }
  // Of whose records the tail keeps one: the others are in the storage.
  std::unique_ptr<log> open_with_records() {
    auto options = brokers.options();
    options.tail_bytes_per_partition = 0;
    auto events = brokers.open(options);
    for (const auto& value : numbered(10)) {
      for (const auto p : {p0, p1, p2}) EXPECT_TRUE(append_one(*events, p, value));
    }
    return events;
  }
};

TEST_F(kafka_silent_leader, one_fold_thread_goes_on_with_the_partitions_that_others_lead) {
  const auto events = open_with_records();
  silence(1);
  const auto fold = fold_of(*events);
  const auto began = steady::now();
  fold->start();
  const auto level = [&](partition_id p) {
    return fold->lookup().position(p) == events->bounds(p).end;
  };
  ASSERT_TRUE(eventually([&] { return level(p1); }));
  EXPECT_LT(ms_since(began), 1500);
  double worst = 0;
  for (int i = 0; i < 10; ++i) {
    const auto took = ms_to_fold(*events, *fold, p1);
    ASSERT_TRUE(took);
    worst = std::max(worst, *took);
  }
  EXPECT_LT(worst, 1000) << "ms from an append to its fold";
  EXPECT_LT(fold->lookup().position(p0), events->bounds(p0).end);
  brokers.set_slow(1, 0ms);
  EXPECT_TRUE(eventually([&] { return level(p0); }));
  fold->stop();
}

TEST_F(kafka_silent_leader, the_end_of_a_partition_is_told_while_another_leader_says_nothing) {
  const auto events = brokers.open(brokers.options());
  silence(1);
  const auto others_first = [&] {
    std::promise<bool> silent, other;
    events->find_end(p0, [&](const result<offset>& end) { silent.set_value(bool(end)); });
    events->find_end(p1, [&](const result<offset>& end) { other.set_value(bool(end)); });
    auto of_silent = silent.get_future();
    const bool found = other.get_future().get();
    const bool waits = of_silent.wait_for(0s) == std::future_status::timeout;
    EXPECT_FALSE(of_silent.get());
    return found && waits;
  };
  EXPECT_TRUE(eventually(others_first));  // once it is known who leads
}

// Whoever reads for many must be through with it soon; what comes late is there for the next try.
TEST_F(kafka_silent_leader, only_the_first_read_in_vain_takes_its_time) {
  const auto events = open_with_records();
  silence(1);
  ASSERT_FALSE(events->read(p0, offset{4}, 1000));
  const auto began = steady::now();
  for (const auto p : {p0, p2, p0}) {  // both of the same leader
    const auto again = events->read(p, offset{5}, 1000);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, errc::timeout);
  }
  EXPECT_LT(ms_since(began), 1800);
  EXPECT_TRUE(events->read(p1, offset{4}, 1000));
  brokers.set_slow(1, 0ms);
  EXPECT_TRUE(eventually([&] { return bool(events->read(p0, offset{4}, 1000)); }));
}

// Slower than a reader has patience for the first time.
TEST_F(kafka_silent_leader, a_slow_answer_is_taken_in_the_end) {
  const auto events = open_with_records();
  brokers.set_slow(1, 700ms);
  EXPECT_TRUE(eventually([&] { return bool(events->read(p0, offset{4}, 1000)); }));
}

// The descriptor of a partition that opens late is appended and never read back, as fetches are
// refused; meanwhile the producer fails.
TEST_F(kafka_silent_leader, a_failed_producer_does_not_wait_for_a_partition_that_opens_late) {
  brokers.set_leader(-1, 1);
  auto options = brokers.options();
  options.open_wait = 1s;
  const auto events = brokers.open(options);
  ASSERT_TRUE(append_one(*events, p0, "before"));
  ASSERT_FALSE(events->is_open(p1));
  const auto asked = make_kafka_client(options.connection, kafka_role::admin).value();
  const auto appended = [&] {
    const auto end = kafka_bounds(asked.get(), "events", {p1}, kafka_bound::end, 2s)[0];
    return end && *end == offset{1};
  };
  brokers.fail(mock_brokers::request::fetch, std::vector(20'000, RD_KAFKA_RESP_ERR_UNKNOWN));
  brokers.set_leader(2, 1);
  ASSERT_TRUE(eventually(appended));
  brokers.fail(mock_brokers::request::produce, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  append_answers answers;
  ASSERT_TRUE(answers.append(*events, p0, "fatal"));
  ASSERT_TRUE(answers.wait());
  const auto began = steady::now();
  const auto another = [&] {
    (void)answers.append(*events, p0, "after");
    return events->stats().producers_made == 2;
  };
  ASSERT_TRUE(eventually(another, 60s));
  EXPECT_LT(ms_since(began), 3000) << "ms until there is another producer";
  brokers.stop_failing(mock_brokers::request::fetch);
  EXPECT_TRUE(answers.wait());
  EXPECT_TRUE(eventually([&] { return events->is_open(p1); }));
}

// Three real brokers, one of which is stopped: until it is found out (9 s by default) its
// partitions have no other leader.
TEST(kafka_stopped_broker, folds_of_the_partitions_that_others_lead_go_on) {
  kafka_cluster cluster({.count = 3});
  engine_rig rig(cluster.bootstrap(), {.partitions = 6, .replicas = 3});
  {
    const auto writer = rig.open();
    for (std::uint32_t p = 0; p < 6; ++p) append_all(*writer, partition_id{p}, numbered(50));
    writer->close();
  }
  const auto events = rig.open();
  const auto topic =
      kafka_admin::connect(rig.options.connection, 10s).value().topic(rig.topic).value();
  std::vector<partition_id> lost, others;
  for (const auto& one : topic.partitions) {
    const partition_id id{static_cast<std::uint32_t>(one.partition)};
    (one.leader == 1 ? lost : others).push_back(id);
  }
  ASSERT_FALSE(lost.empty());
  ASSERT_FALSE(others.empty());
  const auto fold = fold_of(*events);
  const auto level = [&](partition_id p) {
    return fold->lookup().position(p) == events->bounds(p).end;
  };
  const auto all_of = [&](const std::vector<partition_id>& which) {
    EXPECT_EQ(events->stats().silent_for, 0ms) << "two of three answer";
    return std::ranges::all_of(which, level);
  };
  cluster.pause(1);
  const auto began = steady::now();
  fold->start();
  ASSERT_TRUE(eventually([&] { return all_of(others); }));
  const double first = ms_since(began);
  // Appends of three brokers wait for the one that is stopped, so what comes next is not appended.
  EXPECT_LT(first, 2000) << "ms until the others are folded";
  EXPECT_TRUE(eventually([&] { return all_of(lost); }, 60s));
  RecordProperty("others_ms", std::to_string(first));
  RecordProperty("lost_ms", std::to_string(ms_since(began)));
  std::printf("others folded after %.0f ms, all after %.0f ms\n", first, ms_since(began));
  fold->stop();
  cluster.proceed(1);
}

}  // namespace
}  // namespace roomlog::testing
