#include "ingress/limits/rate_limiter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstring>
#include <deque>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

bool taken(const std::variant<rate_stamp, rate_refusal>& answer) {
  return std::holds_alternative<rate_stamp>(answer);
}

// S2.3.4.4, S3.30, conflict 6
TEST(rate_limiter, lets_ten_a_second_through_and_tells_when_the_next_may_come) {
  rate_limiter rates({10, 100});
  microseconds now = 5s;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(taken(rates.take("t/ann", now)));
    now += 50ms;
  }
  const auto answer = rates.take("t/ann", now);  // 500 ms after the first
  ASSERT_FALSE(taken(answer));
  EXPECT_STREQ(std::get<rate_refusal>(answer).limit, "user_per_second");
  EXPECT_EQ(std::get<rate_refusal>(answer).retry_after_ms, 500u);
  EXPECT_TRUE(taken(rates.take("t/bob", now)));
  EXPECT_FALSE(taken(rates.take("t/ann", now + 500ms - 1us)));
  EXPECT_TRUE(taken(rates.take("t/ann", now + 500ms)));
  EXPECT_FALSE(taken(rates.take("t/ann", now + 500ms)));
}

TEST(rate_limiter, a_wait_is_told_in_whole_milliseconds_that_are_long_enough) {
  rate_limiter rates({1, 0});
  (void)rates.take("u", 0us);
  for (const auto& [now, told] : {std::pair{300'001us, 700u}, std::pair{999'001us, 1u},
                                  std::pair{999'999us, 1u}, std::pair{300'000us, 700u}}) {
    EXPECT_EQ(std::get<rate_refusal>(rates.take("u", now)).retry_after_ms, told) << now.count();
  }
}

// S1.34, conflict 6
TEST(rate_limiter, lets_a_hundred_a_minute_through) {
  rate_limiter rates({10, 100});
  microseconds now = 0s;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(taken(rates.take("u", now))) << i;
    now += 100ms;
  }
  const auto answer = rates.take("u", now);  // 10 s after the first
  ASSERT_FALSE(taken(answer));
  EXPECT_STREQ(std::get<rate_refusal>(answer).limit, "user_per_minute");
  EXPECT_EQ(std::get<rate_refusal>(answer).retry_after_ms, 50'000u);
  EXPECT_TRUE(taken(rates.take("u", 60s)));
  EXPECT_FALSE(taken(rates.take("u", 60s)));
}

TEST(rate_limiter, a_refusal_costs_nothing_and_what_is_given_back_does_not_count) {
  rate_limiter rates({2, 0});
  EXPECT_TRUE(taken(rates.take("u", 0ms)));
  const auto second = rates.take("u", 100ms);
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(taken(rates.take("u", 200ms)));
  rates.give_back("u", std::get<rate_stamp>(second));
  EXPECT_TRUE(taken(rates.take("u", 300ms)));
  EXPECT_FALSE(taken(rates.take("u", 999ms)));
  EXPECT_TRUE(taken(rates.take("u", 1000ms)));
}

TEST(rate_limiter, no_limit_is_no_limit) {
  rate_limiter rates({0, 0});
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(taken(rates.take("u", 0ms)));
  EXPECT_EQ(rates.users(), 0u);
}

TEST(rate_limiter, forgets_users_that_were_idle_for_a_minute) {
  rate_limiter rates({10, 100});
  for (int i = 0; i < 1000; ++i) (void)rates.take("user" + std::to_string(i), 0s);
  (void)rates.take("late", 30s);
  EXPECT_EQ(rates.users(), 1001u);
  for (int i = 0; i < 16; ++i) rates.forget_idle(60s - 1us);
  EXPECT_EQ(rates.users(), 1001u);
  for (int i = 0; i < 16; ++i) rates.forget_idle(60s);
  EXPECT_EQ(rates.users(), 1u);
}

// A model that keeps everything.
struct naive_limiter {
  rate_limits limits;
  std::deque<microseconds> all;

  std::size_t within(microseconds now, microseconds window) const {
    std::size_t count = 0;
    for (const auto t : all) count += t + window > now;
    return count;
  }
  bool take(microseconds now) {
    if (within(now, 1s) >= limits.per_second || within(now, 60s) >= limits.per_minute) return false;
    all.push_back(now);
    return true;
  }
  void give_back(microseconds t) { all.erase(std::find(all.begin(), all.end(), t)); }
};

TEST(rate_limiter, agrees_with_a_model_that_keeps_everything) {
  EXPECT_TRUE(rc::check([] {
    const rate_limits limits{*rc::gen::inRange<std::uint32_t>(1, 5),
                             *rc::gen::inRange<std::uint32_t>(1, 12)};
    rate_limiter rates(limits);
    naive_limiter naive{limits, {}};
    microseconds now = 0s;
    const auto steps = *rc::gen::container<std::vector<std::pair<int, bool>>>(
        rc::gen::pair(rc::gen::inRange(0, 9000), rc::gen::arbitrary<bool>()));
    for (const auto& [gap, give_back] : steps) {
      now += std::chrono::milliseconds(gap / 3);
      const auto answer = rates.take("u", now);
      RC_ASSERT(taken(answer) == naive.take(now));
      if (const auto* refusal = std::get_if<rate_refusal>(&answer)) {
        auto after = naive;
        RC_ASSERT(after.take(now + std::chrono::milliseconds(refusal->retry_after_ms)));
        RC_ASSERT(!after.take(now + std::chrono::milliseconds(refusal->retry_after_ms - 1)));
      } else if (give_back) {
        rates.give_back("u", now);
        naive.give_back(now);
      }
    }
  }));
}

}  // namespace
}  // namespace roomlog::testing
