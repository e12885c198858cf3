#include "log/append_budget.h"

#include <gtest/gtest.h>

#include <future>
#include <limits>
#include <thread>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// Whether somebody who waits for the last release is told of it, and does not sleep on.
bool returns_soon(std::future<bool>& waiting) {
  return waiting.wait_for(10s) == std::future_status::ready && waiting.get();
}

TEST(append_budget, admits_exactly_its_bound_and_not_a_byte_more) {
  append_budget budget(100);
  EXPECT_EQ(budget.bytes_max(), 100u);
  ASSERT_TRUE(budget.admit(60));
  EXPECT_EQ(budget.admit(41).error().code, errc::full);
  EXPECT_EQ(budget.bytes(), 60u) << "what is refused counts nothing";
  ASSERT_TRUE(budget.admit(40));
  EXPECT_EQ(budget.bytes(), 100u);
  const auto refused = budget.admit(1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::full);
  EXPECT_NE(refused.error().text.find("101 bytes"), std::string::npos) << refused.error().text;
  EXPECT_NE(refused.error().text.find("append_queue_bytes_max is 100"), std::string::npos)
      << refused.error().text;
}

TEST(append_budget, takes_as_much_again_as_was_released) {
  append_budget budget(100);
  ASSERT_TRUE(budget.admit(70));
  ASSERT_TRUE(budget.admit(30));
  budget.release(30);
  EXPECT_EQ(budget.bytes(), 70u);
  EXPECT_FALSE(budget.admit(31));
  EXPECT_TRUE(budget.admit(30));
}

TEST(append_budget, no_size_passes_the_bound_by_being_too_large_to_add) {
  append_budget budget(100);
  ASSERT_TRUE(budget.admit(50));
  EXPECT_EQ(budget.admit(std::numeric_limits<std::size_t>::max()).error().code, errc::full);
  EXPECT_EQ(budget.bytes(), 50u);
}

TEST(append_budget, a_close_returns_when_the_last_append_is_released_on_another_thread) {
  append_budget budget(100);
  ASSERT_TRUE(budget.admit(10));
  ASSERT_TRUE(budget.admit(20));
  budget.close();
  EXPECT_FALSE(budget.is_open());
  EXPECT_EQ(budget.admit(1).error().code, errc::closed);
  EXPECT_FALSE(budget.wait_until_empty(0ms));
  auto waiting = std::async(std::launch::async, [&] { return budget.wait_until_empty(60s); });
  std::thread([&] { budget.release(10); }).join();
  EXPECT_FALSE(budget.wait_until_empty(0ms)) << "20 bytes still wait";
  std::thread([&] { budget.release(20); }).join();
  EXPECT_TRUE(returns_soon(waiting));
  EXPECT_TRUE(budget.wait_until_empty(0ms));
}

// An append may be released between the beginning of the wait and the close.
TEST(append_budget, a_wait_that_began_before_the_close_ends_with_the_last_release) {
  append_budget budget(100);
  ASSERT_TRUE(budget.admit(10));
  auto waiting = std::async(std::launch::async, [&] { return budget.wait_until_empty(60s); });
  std::thread([&] { budget.release(10); }).join();
  EXPECT_TRUE(returns_soon(waiting));
}

TEST(append_budget, keeps_the_first_reason_and_gives_it_before_the_close) {
  append_budget budget(100);
  EXPECT_TRUE(budget.is_open());
  EXPECT_TRUE(budget.fail("the disk is gone"));
  EXPECT_FALSE(budget.is_open());
  EXPECT_FALSE(budget.fail("something else"));
  budget.close();
  EXPECT_EQ(budget.failure(), "the disk is gone");
  const auto refused = budget.admit(1);
  EXPECT_EQ(refused.error().code, errc::unavailable);
  EXPECT_EQ(refused.error().text, "the disk is gone");
  EXPECT_EQ(budget.bytes(), 0u);
}

}  // namespace
}  // namespace roomlog::testing
