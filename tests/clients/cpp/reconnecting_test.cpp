// What follows from a close, and when a client connects again.
#include <gtest/gtest.h>

#include "clients/cpp/closing.h"
#include "clients/cpp/reconnect_policy.h"

namespace roomlog::testing {
namespace {

using client::next_step;
using namespace std::chrono_literals;

TEST(client_closing, each_code_says_how_to_go_on) {
  struct row {
    std::vector<unsigned> codes;
    next_step next;
  };
  const row rows[] = {
      {{0, 1000, 1001, 1006, 1012, 4000, 4999}, next_step::reconnect},
      {{4001}, next_step::reconnect_later},
      {{4501, 4502, 4503, 4504}, next_step::new_token},
      {{1003, 1007, 1009, 4003, 4500, 4506}, next_step::stop},
  };
  for (const row& one : rows) {
    for (const unsigned code : one.codes) {
      EXPECT_EQ(client::next_step_of({code, {}, {}}), one.next) << code;
    }
  }
}

TEST(client_closing, an_overloaded_server_names_a_time) {
  EXPECT_EQ(client::retry_after({4001, "overloaded retry_after_ms=1500", {}}), 1500ms);
  EXPECT_EQ(client::retry_after({4001, R"({"retry_after_ms":20})", {}}), 20ms);
  EXPECT_EQ(client::retry_after({4001, "overloaded", {}}), 0ms);
  EXPECT_EQ(client::retry_after({4001, "retry_after_ms=99999999999999", {}}), 0ms);
  EXPECT_EQ(client::retry_after({1012, "in 1500 ms", {}}), 0ms) << "of this code alone";
}

TEST(client_back_off, it_doubles_to_thirty_seconds_with_jitter) {
  std::minstd_rand random(1);
  const std::chrono::milliseconds full[] = {1s, 2s, 4s, 8s, 16s, 30s, 30s};
  for (unsigned attempt = 1; attempt <= std::size(full); ++attempt) {
    for (int i = 0; i < 100; ++i) {
      const auto wait = client::back_off(attempt, random);
      EXPECT_LE(wait, full[attempt - 1]);
      EXPECT_GE(wait, full[attempt - 1] / 2);
    }
  }
}

class client_reconnect_policy : public ::testing::Test {
 protected:
  using time_point = client::reconnect_policy::time_point;
  client::reconnect_policy policy{1};
  const time_point start = time_point{} + 1h;
};

TEST_F(client_reconnect_policy, each_failure_in_a_row_makes_the_wait_longer) {
  auto now = start;
  auto least = 500ms;
  for (int i = 0; i < 4; ++i) {
    policy.failed(now, now + 1ms, 0ms);
    EXPECT_TRUE(policy.is_failing());
    EXPECT_GE(policy.not_before(), now + 1ms + least);
    EXPECT_LE(policy.not_before(), now + 1ms + 2 * least);
    now = policy.not_before();
    least *= 2;
  }
  policy.opened();
  EXPECT_FALSE(policy.is_failing());
  policy.failed(now, now, 0ms);
  EXPECT_LE(policy.not_before(), now + 1s) << "counted from one again";
}

TEST_F(client_reconnect_policy, connections_that_one_event_took_down_count_once) {
  for (int i = 0; i < 100; ++i) policy.failed(start, start + 10ms, 0ms);
  EXPECT_LE(policy.not_before(), start + 10ms + 1s);
}

TEST_F(client_reconnect_policy, the_time_that_the_server_asks_for_is_kept) {
  policy.failed(start, start + 1ms, 7s);
  EXPECT_EQ(policy.not_before(), start + 1ms + 7s);
}

}  // namespace
}  // namespace roomlog::testing
