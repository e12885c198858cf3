#include "log/kafka/kafka_lanes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <vector>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

TEST(kafka_lanes, a_job_that_waits_for_one_leader_keeps_none_waiting_of_another) {
  kafka_lanes lanes("lanes");
  std::promise<void> silent;
  const auto answered = silent.get_future().share();
  std::promise<void> done_of_none, done_of_two;
  ASSERT_TRUE(lanes.post(1, [answered] { answered.wait(); }));
  ASSERT_TRUE(lanes.post(2, [&] { done_of_two.set_value(); }));
  ASSERT_TRUE(lanes.post(-1, [&] { done_of_none.set_value(); }));
  EXPECT_EQ(done_of_two.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(done_of_none.get_future().wait_for(10s), std::future_status::ready);
  silent.set_value();
}

TEST(kafka_lanes, the_jobs_of_one_leader_run_one_after_the_other_in_order) {
  kafka_lanes lanes("lanes");
  std::vector<int> order;  // of the one thread
  std::promise<void> last;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(lanes.post(7, [&order, i] { order.push_back(i); }));
  ASSERT_TRUE(lanes.post(7, [&] { last.set_value(); }));
  ASSERT_EQ(last.get_future().wait_for(10s), std::future_status::ready);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(kafka_lanes, leaders_of_any_number_have_threads_of_a_bounded_number) {
  kafka_lanes lanes("lanes");
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> ran{0};
  std::promise<void> all;
  constexpr int leaders = 1000;
  for (int i = -3; i < leaders; ++i) {
    ASSERT_TRUE(lanes.post(i, [&] {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
      if (++ran == leaders + 3) all.set_value();
    }));
  }
  ASSERT_EQ(all.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_LE(threads.size(), 33u);
}

TEST(kafka_lanes, what_has_not_begun_when_they_stop_is_dropped) {
  kafka_lanes lanes("lanes");
  std::promise<void> begun, leave;
  std::atomic<bool> ran{false};
  ASSERT_TRUE(lanes.post(1, [&] {
    begun.set_value();
    leave.get_future().wait();
  }));
  begun.get_future().wait();
  ASSERT_TRUE(lanes.post(1, [&] { ran = true; }));
  lanes.begin_stop();
  EXPECT_FALSE(lanes.post(1, [&] { ran = true; }));
  EXPECT_FALSE(lanes.post(2, [&] { ran = true; }));
  leave.set_value();
  lanes.stop();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace roomlog::testing
