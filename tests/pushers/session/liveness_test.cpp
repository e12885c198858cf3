// When a peer that says nothing is pinged, and when it is given up.
#include "pushers/session/liveness.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using action = liveness::action;

struct liveness_test : ::testing::Test {
  // As at its due time, which is looked at again and again until something is to be done.
  action next(std::size_t waiting = 0) {
    action what = action::none;
    while (what == action::none) {
      now = std::max(now, peer.due(times));
      what = peer.on_tick(times, now, waiting, progress);
    }
    return what;
  }
  client_times times;
  std::chrono::microseconds now = 1000s;
  peer_progress progress;
  liveness peer{now};
};

TEST_F(liveness_test, a_silent_peer_is_pinged_and_dead_within_two_and_a_half_times_ping) {
  EXPECT_EQ(next(), action::ping);
  EXPECT_EQ(now, 1000s + times.ping * 2 / 5);
  EXPECT_EQ(next(), action::dead);
  EXPECT_LE(now, 1000s + times.ping * 5 / 2);
}

TEST_F(liveness_test, one_that_answers_is_pinged_anew) {
  EXPECT_EQ(next(), action::ping);
  now += 1s;
  peer.on_heard(now);
  const auto heard = now;
  EXPECT_EQ(next(), action::ping);
  EXPECT_EQ(now, heard + times.ping * 2 / 5);
}

TEST_F(liveness_test, one_for_whom_output_waits_has_longer) {
  EXPECT_EQ(next(100), action::ping);
  EXPECT_EQ(next(100), action::dead);
  EXPECT_GE(now, 1000s + times.slow_ping);
}

TEST_F(liveness_test, one_whose_kernel_acknowledges_nothing_is_gone) {
  EXPECT_EQ(next(100), action::ping);
  progress.unacknowledged = 100;
  progress.since_ack = times.no_progress;
  EXPECT_EQ(next(100), action::gone);
}

TEST_F(liveness_test, what_arrived_and_was_not_read_counts_as_heard) {
  EXPECT_EQ(next(), action::ping);
  progress.since_data = 0ms;
  now += times.ping * 2;
  EXPECT_EQ(peer.on_tick(times, now, 0, progress), action::none);
  EXPECT_EQ(peer.due(times), now + times.ping * 2 / 5);
}

}  // namespace
}  // namespace roomlog::testing
