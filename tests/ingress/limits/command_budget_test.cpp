#include "ingress/limits/command_budget.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

std::string limit_of(const std::optional<rate_refusal>& refused) {
  return refused ? refused->limit : "none";
}

TEST(command_budget, has_twenty_commands_a_second_and_six_hundred_a_minute) {
  command_budget budget({});
  std::chrono::microseconds now = 0s;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(limit_of(budget.take("t/ann", {1, 0}, now)), "none");
  const auto over = budget.take("t/ann", {1, 0}, now + 400ms);
  EXPECT_EQ(limit_of(over), "user_commands");
  EXPECT_EQ(over->retry_after_ms, 600u);
  EXPECT_EQ(limit_of(budget.take("t/bob", {1, 0}, now)), "none");
  for (int i = 20; i < 600; ++i) {
    now += 60ms;
    if (i % 20 == 0) now += 1s;
    if (now >= 60s) break;
    ASSERT_EQ(limit_of(budget.take("t/ann", {1, 0}, now)), "none") << i;
  }
}

TEST(command_budget, names_the_budget_with_the_longest_wait) {
  command_budget budget({2, 3, 1000, 10});
  EXPECT_EQ(limit_of(budget.take("u", {900, 9}, 0s)), "none");
  EXPECT_EQ(limit_of(budget.take("u", {200, 1}, 1s)), "user_bytes");
  EXPECT_EQ(budget.take("u", {200, 1}, 1s)->retry_after_ms, 9'000u);
  EXPECT_EQ(limit_of(budget.take("u", {200, 2}, 1s)), "user_invites");
  EXPECT_EQ(budget.take("u", {200, 2}, 1s)->retry_after_ms, 59'000u);
  EXPECT_EQ(limit_of(budget.take("u", {10, 0}, 1s)), "none");
  EXPECT_EQ(limit_of(budget.take("u", {10, 0}, 1s)), "none");
  EXPECT_EQ(limit_of(budget.take("u", {10, 0}, 1500ms)), "user_commands");
  EXPECT_EQ(budget.take("u", {10, 0}, 1500ms)->retry_after_ms, 58'500u) << "of a minute, not less";
}

TEST(command_budget, a_limit_of_zero_is_none) {
  command_budget budget({0, 0, 0, 0});
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(budget.take("u", {1 << 20, 100}, 0s));
  EXPECT_EQ(budget.users(), 0u) << "nothing is kept";
  command_budget bytes({0, 0, 1000, 0});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(bytes.take("u", {10, 100}, 0s));
  EXPECT_EQ(limit_of(bytes.take("u", {10, 0}, 0s)), "user_bytes");
}

TEST(command_budget, forgets_users_that_were_idle_for_a_minute) {
  command_budget budget({});
  for (int i = 0; i < 1000; ++i) (void)budget.take("user" + std::to_string(i), {1, 0}, 0s);
  (void)budget.take("late", {1, 0}, 30s);
  for (int i = 0; i < 16; ++i) budget.forget_idle(60s - 1us);
  EXPECT_EQ(budget.users(), 1001u);
  for (int i = 0; i < 16; ++i) budget.forget_idle(60s);
  EXPECT_EQ(budget.users(), 1u);
}

}  // namespace
}  // namespace roomlog::testing
