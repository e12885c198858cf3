#include "ingress/limits/spending_window.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr spending_limit ten_a_second{10, 1s};

TEST(spending_window, takes_its_limit_exactly_and_says_when_the_next_fits) {
  spending_window spent;
  spent.add(4, ten_a_second, 0ms);
  spent.add(6, ten_a_second, 500ms);
  EXPECT_EQ(spent.wait_for(1, ten_a_second, 600ms), 400ms);
  EXPECT_EQ(spent.wait_for(4, ten_a_second, 600ms), 400ms);
  EXPECT_EQ(spent.wait_for(5, ten_a_second, 600ms), 900ms) << "the second has to go too";
  EXPECT_EQ(spent.wait_for(4, ten_a_second, 999'999us), 1us);
  EXPECT_EQ(spent.wait_for(4, ten_a_second, 1s), 0us);
  EXPECT_EQ(spent.wait_for(5, ten_a_second, 1s), 500ms);
}

TEST(spending_window, more_than_the_whole_limit_passes_alone_and_takes_all_of_it) {
  spending_window spent;
  EXPECT_EQ(spent.wait_for(11, ten_a_second, 0s), 0us);
  spent.add(11, ten_a_second, 0s);
  EXPECT_EQ(spent.wait_for(1, ten_a_second, 999ms), 1ms);
  EXPECT_EQ(spent.wait_for(10, ten_a_second, 1s), 0us);
  spent.add(1, ten_a_second, 1s);
  EXPECT_EQ(spent.wait_for(11, ten_a_second, 1500ms), 500ms) << "and not for ever";
}

TEST(spending_window, what_is_given_back_does_not_count) {
  spending_window spent;
  spent.add(7, ten_a_second, 0ms);
  spent.add(3, ten_a_second, 5ms);  // noted with the first
  EXPECT_EQ(spent.entries(), 1u);
  spent.give_back(3, 5ms);
  EXPECT_EQ(spent.wait_for(3, ten_a_second, 10ms), 0us);
  EXPECT_GT(spent.wait_for(4, ten_a_second, 10ms), 0us);
  spent.give_back(7, 0ms);
  EXPECT_EQ(spent.wait_for(10, ten_a_second, 10ms), 0us);
  spent.drop_old(ten_a_second, 2s);
  EXPECT_TRUE(spent.empty());
}

TEST(spending_window, holds_no_more_entries_whatever_is_spent) {
  constexpr spending_limit large{1'000'000, 1s};
  spending_window spent;
  for (microseconds now = 0s; now < 3s; now += 1ms) {
    spent.drop_old(large, now);
    spent.add(1, large, now);
    ASSERT_LE(spent.entries(), 65u);
  }
}

// Against one that keeps everything: never more in any span than the limit, a refusal only where
// the last 64th of a span could matter, and after the time told it is let through.
TEST(spending_window, lets_no_more_through_than_the_limit_and_its_waits_are_true) {
  EXPECT_TRUE(rc::check([] {
    const spending_limit limit{*rc::gen::inRange<std::uint64_t>(1, 40), 1s};
    spending_window spent;
    std::vector<std::pair<microseconds, std::uint64_t>> all;
    const auto within = [&](microseconds now, microseconds span) {
      std::uint64_t sum = 0;
      for (const auto& [t, amount] : all) sum += t + span > now ? amount : 0;
      return sum;
    };
    microseconds now = 0s;
    const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 90'000), rc::gen::inRange(1, 12)));
    for (const auto& [gap, asked] : steps) {
      now += microseconds(gap);
      const auto amount = std::min<std::uint64_t>(static_cast<std::uint64_t>(asked), limit.amount);
      const auto wait = spent.wait_for(amount, limit, now);
      if (wait == 0us) {
        spent.add(amount, limit, now);
        all.emplace_back(now, amount);
        RC_ASSERT(within(now, limit.span) <= limit.amount);
        continue;
      }
      RC_ASSERT(within(now, limit.span + limit.span / 64) + amount > limit.amount);
      auto later = spent;
      RC_ASSERT(later.wait_for(amount, limit, now + wait) == 0us);
      RC_ASSERT(later.wait_for(amount, limit, now + wait - 1us) == 0us || wait > 0us);
    }
  }));
}

}  // namespace
}  // namespace roomlog::testing
