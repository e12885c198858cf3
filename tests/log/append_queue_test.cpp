#include "log/append_queue.h"

#include <gtest/gtest.h>

#include <future>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using when = append_queue::when_empty;

pending_append of(std::uint32_t number, std::size_t bytes) {
  return {partition_id{number}, {}, {}, bytes, {}, {}};
}

// "0 1 2": the numbers of what the next group holds.
std::string take(append_queue& queue, std::size_t* bytes = nullptr) {
  append_group group;
  if (!queue.take(group, when::return_at_once)) return "nothing";
  std::string numbers;
  std::size_t sum = 0;
  for (const auto& one : group) {
    numbers += (numbers.empty() ? "" : " ") + std::to_string(one.partition.value);
    sum += one.bytes;
  }
  if (bytes != nullptr) *bytes = sum;
  return numbers;
}

TEST(append_queue, a_group_holds_exactly_its_bound_and_what_follows_is_the_next) {
  append_queue queue(1000, 100);
  for (std::uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(queue.push(of(i, 50)));
  EXPECT_EQ(take(queue), "0 1");
  EXPECT_EQ(take(queue), "2");
  EXPECT_EQ(take(queue), "nothing");
  ASSERT_TRUE(queue.push(of(3, 50)));
  ASSERT_TRUE(queue.push(of(4, 51)));
  EXPECT_EQ(take(queue), "3");
  EXPECT_EQ(take(queue), "4");
}

TEST(append_queue, an_append_larger_than_a_group_is_one_alone) {
  append_queue queue(1000, 100);
  ASSERT_TRUE(queue.push(of(0, 500)));
  ASSERT_TRUE(queue.push(of(1, 10)));
  EXPECT_EQ(take(queue), "0");
  EXPECT_EQ(take(queue), "1");
}

TEST(append_queue, bytes_count_until_they_are_released) {
  append_queue queue(100, 100);
  ASSERT_TRUE(queue.push(of(0, 100)));
  std::size_t bytes = 0;
  EXPECT_EQ(take(queue, &bytes), "0");
  EXPECT_EQ(queue.bytes(), 100u);
  EXPECT_EQ(queue.push(of(1, 1)).error().code, errc::full);
  queue.release(bytes);
  EXPECT_EQ(queue.bytes(), 0u);
  EXPECT_TRUE(queue.push(of(1, 100)));
}

TEST(append_queue, after_a_close_what_waits_is_taken_and_then_nothing_more) {
  append_queue queue(100, 100);
  ASSERT_TRUE(queue.push(of(0, 1)));
  queue.close();
  EXPECT_EQ(queue.push(of(1, 1)).error().code, errc::closed);
  append_group group;
  EXPECT_TRUE(queue.take(group, when::wait));
  EXPECT_EQ(group.size(), 1u);
  group.clear();
  EXPECT_FALSE(queue.take(group, when::wait));
}

TEST(append_queue, a_failure_gives_back_what_waits_in_order_and_keeps_its_first_reason) {
  append_queue queue(100, 100);
  for (std::uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(queue.push(of(i, 10)));
  const auto left = queue.fail("the first");
  ASSERT_EQ(left.size(), 3u);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(left[i].partition.value, i);
  EXPECT_EQ(queue.bytes(), 30u);
  EXPECT_TRUE(queue.fail("the second").empty());
  EXPECT_EQ(queue.failure(), "the first");
  append_group group;
  EXPECT_FALSE(queue.take(group, when::wait));
}

// Whoever sleeps must hear of everything that ends its sleep.
TEST(append_queue, a_taker_that_sleeps_is_woken_by_a_push_a_close_and_a_failure) {
  const auto woken_by = [](const std::function<void(append_queue&)>& cause) {
    append_queue queue(100, 100);
    std::promise<void> begun;
    auto taken = std::async(std::launch::async, [&] {
      append_group group;
      begun.set_value();
      return queue.take(group, when::wait);
    });
    begun.get_future().wait();
    (void)taken.wait_for(20ms);  // so that it sleeps, as a rule
    cause(queue);
    const bool soon = taken.wait_for(10s) == std::future_status::ready;
    queue.close();  // or a test that fails would never end
    return soon;
  };
  EXPECT_TRUE(woken_by([](append_queue& queue) { ASSERT_TRUE(queue.push(of(0, 1))); }));
  EXPECT_TRUE(woken_by([](append_queue& queue) { queue.close(); }));
  EXPECT_TRUE(woken_by([](append_queue& queue) { (void)queue.fail("why"); }));
}

TEST(append_queue, an_append_counts_all_that_it_holds) {
  const std::vector<append_entry> none;
  const std::vector<append_entry> empty{{"", ""}};
  const std::vector<append_entry> full{{"key", "value", "trace"}};
  EXPECT_GT(queued_size(none), 0u);
  EXPECT_GT(queued_size(empty), queued_size(none));
  EXPECT_EQ(queued_size(full), queued_size(empty) + 3 + 5 + 5);
}

}  // namespace
}  // namespace roomlog::testing
