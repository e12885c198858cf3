// When a session gives its peer up, and when it takes no more from it.
#include <gtest/gtest.h>

#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct session_liveness : ::testing::Test {
  shard_rig shard;
  session_rig client{shard};
};

// S1.36, conflict 10
TEST_F(session_liveness, pings_a_silent_peer_and_gives_it_up_after_twice_the_interval) {
  client.sign_in("ann");
  client.pass(700ms);
  EXPECT_TRUE(client.said().empty());
  client.pass(200ms);
  EXPECT_EQ(client.said(), std::vector<std::string>{"<ping>"});
  client.pass(3800ms);
  EXPECT_FALSE(client.closed);
  client.pass(300ms);
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4000u);
}

// conflict 10: only when idle
TEST_F(session_liveness, whatever_the_peer_sends_counts_as_an_answer) {
  client.sign_in("ann");
  for (int i = 0; i < 20; ++i) {
    client.pass(3s);
    client.heard();
  }
  EXPECT_FALSE(client.closed);
}

TEST_F(session_liveness, a_peer_that_output_waits_for_has_a_minute_to_answer) {
  client.sign_in("ann");
  client.peer.unacknowledged = 1000;
  client.pass(1s);
  client.peer.unacknowledged = 0;
  client.pass(58s);
  EXPECT_FALSE(client.closed);
  client.pass(4s);
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4000u);
}

TEST_F(session_liveness, a_peer_whose_kernel_acknowledges_nothing_for_30_seconds_is_cut) {
  client.sign_in("ann");
  client.peer.unacknowledged = 1000;
  client.pass(20s);
  EXPECT_FALSE(client.aborted);
  client.peer.since_ack = 30s;
  client.pass(2s);
  EXPECT_TRUE(client.aborted);
}

TEST_F(session_liveness, a_connection_that_is_held_back_is_not_taken_for_dead) {
  client.sign_in("ann");
  for (int i = 0; i < 20; ++i) {
    client.peer.since_data = 100ms;  // its kernel has taken bytes that were not read yet
    client.pass(3s);
  }
  EXPECT_FALSE(client.closed);
}

// A process that was stopped for long looks at what its clients sent before they went elsewhere.
TEST_F(session_liveness, takes_nothing_that_arrived_while_the_process_did_not_run) {
  const std::string send = R"({"type":"send","id":1,"room":"r","cid":"c","text":"t"})";
  client.sign_in("ann");
  client.sleep(5'700ms);
  client.heard();
  client.text(send);
  EXPECT_EQ(client.submitted.size(), 1u) << "the ping was due after 0.8 s";
  client.sleep(5'900ms);
  client.heard();
  client.text(send);
  EXPECT_EQ(client.submitted.size(), 1u);
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4000u);
}

// However long commands may take.
TEST_F(session_liveness, how_long_input_may_wait_does_not_grow_with_the_time_of_an_attempt) {
  shard.times.attempt_ms = 65'000;
  client.sign_in("ann");
  client.sleep(6s);
  client.heard();
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4000u);
}

TEST_F(session_liveness, a_timer_that_comes_too_late_ends_it_too) {
  client.sign_in("ann");
  client.sleep(6s);
  client.of().on_tick(client.now());
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4000u);
}

}  // namespace
}  // namespace roomlog::testing
