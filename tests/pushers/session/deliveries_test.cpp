// Deliveries without a session: what a stream over HTTP stands on.
#include "pushers/session/deliveries.h"

#include <gtest/gtest.h>

#include "pushers/queries/view_queries.h"
#include "tests/pushers/session/output_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct deliveries_test : ::testing::Test {
  void SetUp() override {
    shard.world.create("t/r", "ann");
    shard.world.post_many("t/r", "ann", "old", 4);  // head 5
  }
  void subscribe(std::uint64_t first) {
    client.events.add("t/r", seq_no{first}, seq_no{shard.world.head("t/r")});
  }
  void publish(std::size_t count) {
    shard.rooms.publish(*shard.world.post_many("t/r", "ann", "new", count));
  }
  void answer_pages() {
    for (const auto& request : std::exchange(client.pages, {}))
      client.events.on_page(load_page(shard.world, request), client.time);
  }
  // "3 live:3", with what is behind the first flush.
  std::string story() {
    std::string all;
    for (const auto& frame : client.said()) {
      if (!all.empty()) all += ' ';
      const auto type = field(frame, "type");
      all += type == "event" ? field(frame, "seq") : type + ':' + field(frame, "seq");
    }
    return all;
  }

  shard_rig shard;
  output_rig client{shard};
};

TEST_F(deliveries_test, events_come_from_the_tail_without_a_page) {
  subscribe(6);
  EXPECT_EQ(story(), "live:5");
  publish(3);
  EXPECT_GT(client.wakes, 0u);
  EXPECT_EQ(story(), "6 7 8");
  EXPECT_TRUE(client.pages.empty());
}

TEST_F(deliveries_test, a_cursor_below_the_tail_reads_pages_and_then_goes_live) {
  subscribe(2);
  publish(2);
  EXPECT_TRUE(client.events.waits_for_page());
  client.events.load_next_page(client.time);
  ASSERT_EQ(client.pages.size(), 1u);
  EXPECT_EQ(client.pages.front().user, "ann");
  EXPECT_EQ(client.pages.front().first, seq_no{2});
  answer_pages();
  EXPECT_EQ(story(), "2 3 4 5 6 7 live:7");
}

TEST_F(deliveries_test, one_page_is_open_and_only_when_nothing_waits_to_be_sent) {
  shard.world.create("t/s", "ann");
  subscribe(1);
  client.events.add("t/s", seq_no{1}, seq_no{1});
  client.replies.send_text("{}");
  client.events.load_next_page(client.time);
  EXPECT_TRUE(client.pages.empty());
  EXPECT_EQ(client.events.due(), never);
  (void)client.said();
  EXPECT_LE(client.events.due(), client.time.steady);
  client.events.load_next_page(client.time);
  client.events.load_next_page(client.time);
  EXPECT_EQ(client.pages.size(), 1u);
  EXPECT_TRUE(client.events.page_open());
}

TEST_F(deliveries_test, a_page_that_fails_is_read_again_after_a_while) {
  subscribe(1);
  client.events.load_next_page(client.time);
  shard.world.fail_pages(true);
  answer_pages();
  client.events.load_next_page(client.time);
  EXPECT_TRUE(client.pages.empty());
  const auto due = client.events.due();
  EXPECT_GT(due, client.time.steady);
  client.pass(due - client.time.steady);
  shard.world.fail_pages(false);
  client.events.load_next_page(client.time);
  answer_pages();
  EXPECT_EQ(story(), "1 2 3 4 5 live:5");
}

TEST_F(deliveries_test, events_that_an_ack_has_named_are_left_out_and_counted_until_then) {
  subscribe(6);
  EXPECT_EQ(story(), "live:5");
  client.events.note_acked("t/r", seq_no{7});
  EXPECT_GT(client.events.acked_bytes(), 0u);
  publish(3);
  EXPECT_EQ(story(), "6 8");
  EXPECT_EQ(client.events.acked_bytes(), 0u);
  client.events.note_acked("t/r", seq_no{9});
  client.events.forget_acked();
  EXPECT_EQ(client.events.acked_bytes(), 0u);
  publish(1);
  EXPECT_EQ(story(), "9");
}

TEST_F(deliveries_test, what_was_cut_is_said_and_stepped_over) {
  subscribe(1);
  publish(1);
  shard.world.cut("t/r", 3);
  client.events.load_next_page(client.time);
  answer_pages();
  const auto frames = client.said();
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.front(), R"({"type":"lost","room":"r","from":1,"to":3})");
  EXPECT_EQ(seqs(frames), "4 5 6");
}

TEST_F(deliveries_test, the_event_that_puts_the_user_out_is_the_last_one) {
  subscribe(6);
  EXPECT_EQ(story(), "live:5");
  shard.rooms.publish(*shard.world.member("t/r", "bob", "ann", member_change::kicked));
  publish(1);
  EXPECT_EQ(story(), "6");
  EXPECT_EQ(client.events.count(), 0u);
  EXPECT_EQ(shard.rooms.rooms(), 0u);
}

TEST_F(deliveries_test, a_connection_that_ends_leaves_its_rooms) {
  {
    output_rig gone(shard);
    gone.events.add("t/r", seq_no{6}, seq_no{5});
    EXPECT_EQ(shard.rooms.rooms(), 1u);
    EXPECT_EQ(shard.counters.subscriptions, 1u);
  }
  EXPECT_EQ(shard.rooms.rooms(), 0u);
  EXPECT_EQ(shard.counters.subscriptions, 0u);
}

}  // namespace
}  // namespace roomlog::testing
