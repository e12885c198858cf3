// What a subscription delivers: acks and own events, the backlog and what comes meanwhile, and what
// whoever is put out still gets.
#include <set>

#include "tests/pushers/session/room_session.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct delivery_test : room_session {};

// S3.18, S4.9
TEST_F(delivery_test, an_ack_stands_for_the_event) {
  subscribe();
  (void)story();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  const auto batch = shard.world.post("default/r", "ann", "mine");
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  client.publish(batch);
  client.publish(shard.world.post("default/r", "bob", "theirs"));
  EXPECT_EQ(story(), "ack 12");
}

TEST_F(delivery_test, own_events_without_an_ack_are_pushed) {
  subscribe();
  (void)story();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  client.refused("r", error_code::unknown_outcome);
  client.publish(shard.world.post("default/r", "ann", "mine"));
  EXPECT_EQ(story(), "unknown_outcome 11");
}

// conflict 7
TEST_F(delivery_test, echo_asks_for_both) {
  subscribe();
  client.text(R"({"type":"options","echo":true})");
  (void)story();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  const auto batch = shard.world.post("default/r", "ann", "mine");
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  client.publish(batch);
  EXPECT_EQ(story(), "ack 11");
}

TEST_F(delivery_test, echo_that_is_asked_for_after_an_ack_makes_the_event_come) {
  subscribe();
  (void)story();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  const auto batch = shard.world.post("default/r", "ann", "mine");
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  EXPECT_EQ(story(), "ack");
  client.text(R"({"type":"options","echo":true})");
  client.publish(batch);
  EXPECT_EQ(story(), "11");
}

TEST_F(delivery_test, echo_that_is_asked_for_late_makes_the_events_of_the_backlog_come) {
  subscribe(R"(,"after_seq":8)");
  client.send_all();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-10","text":"again"})");
  client.acked(shard.world.ack_of("default/r", seq_no{10}));
  client.text(R"({"type":"options","echo":true})");
  EXPECT_EQ(story(), "subscribed ack 9 10 live:10");
}

TEST_F(delivery_test, a_new_subscription_below_own_events_delivers_them) {
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  shard.world.post("default/r", "ann", "mine");
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  subscribe(R"(,"after_seq":9)");
  EXPECT_EQ(story(), "ack subscribed 10 11 live:11");
}

TEST_F(delivery_test, acks_are_left_out_of_the_backlog_too) {
  subscribe(R"(,"after_seq":8)");
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-10","text":"again"})");
  client.acked(shard.world.ack_of("default/r", seq_no{10}));  // a duplicate of what it had sent
  EXPECT_EQ(story(), "subscribed ack 9 live:10");
}

// S1.1, conflict 7
TEST_F(delivery_test, the_other_devices_of_the_sender_get_the_push) {
  session_rig other(shard, 2);
  other.sign_in("ann");
  other.text(R"({"type":"subscribe","room":"r"})");
  subscribe();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  const auto batch = shard.world.post("default/r", "ann", "mine");
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  client.publish(batch);
  EXPECT_EQ(story(), "subscribed live:10 ack");
  other.settle();
  EXPECT_EQ(seqs(other.said()), "11");
}

TEST_F(delivery_test, live_is_said_once) {
  subscribe(R"(,"after_seq":9)");
  EXPECT_EQ(story(), "subscribed 10 live:10");
  client.publish(shard.world.post_many("default/r", "bob", "more", 3));
  EXPECT_EQ(story(), "11 12 13");
}

// S2.2.7.1, S2.3.3.1
TEST_F(delivery_test, events_that_come_during_the_backlog_follow_it_without_a_hole) {
  shard.limits.page_bytes = 1;  // one event a page
  subscribe(R"(,"after_seq":0)");
  client.send_all();
  for (int i = 0; i < 5; ++i) {
    client.publish(shard.world.post("default/r", "bob", "meanwhile"));
    ASSERT_EQ(client.pages.size(), 1u);
    auto request = std::move(client.pages.front());
    client.pages.clear();
    client.of().on_answer(load_page(shard.world, request), client.now());
    client.send_all();
  }
  EXPECT_EQ(story(), "subscribed 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 live:15");
}

TEST_F(delivery_test, a_batch_that_comes_twice_is_delivered_once) {
  subscribe();
  const auto batch = shard.world.post("default/r", "bob", "once");
  client.publish(batch);
  client.publish(batch);
  EXPECT_EQ(story(), "subscribed live:10 11");
}

// S2.3.3.1, S3.5
TEST_F(delivery_test, a_gap_in_the_batches_is_filled_from_history) {
  subscribe();
  (void)shard.world.post("default/r", "bob", "not published");
  client.publish(shard.world.post("default/r", "bob", "published"));
  EXPECT_EQ(story(), "subscribed live:10 11 12");
}

TEST_F(delivery_test, a_head_that_the_shard_has_not_seen_yet_leaves_no_hole) {
  session_rig other(shard, 2);
  other.sign_in("bob");
  other.text(R"({"type":"subscribe","room":"r"})");  // the tail ends at 10
  const auto late = shard.world.post_many("default/r", "bob", "decided", 2);
  subscribe(R"(,"after_seq":10)");
  EXPECT_EQ(story(), "subscribed");
  client.publish(late);
  EXPECT_EQ(story(), "11 12 live:12");
  session_rig third(shard, 3);
  third.sign_in("bob");
  const auto later = shard.world.post_many("default/r", "bob", "decided", 2);
  third.text(R"({"type":"subscribe","room":"r"})");
  third.publish(later);
  third.settle();
  EXPECT_EQ(seqs(third.said()), "");
}

// One below the head that the fold has decided and the shard has not seen.
TEST_F(delivery_test, live_comes_only_after_a_head_that_the_shard_has_not_seen_yet) {
  session_rig other(shard, 2);
  other.sign_in("bob");
  other.text(R"({"type":"subscribe","room":"r"})");  // the tail ends at 10
  const auto first = shard.world.post("default/r", "bob", "11");
  const auto head = shard.world.post("default/r", "bob", "12");
  subscribe(R"(,"after_seq":11)");
  EXPECT_EQ(story(), "subscribed");
  client.publish(first);
  EXPECT_EQ(story(), "");
  client.publish(head);
  EXPECT_EQ(story(), "12 live:12");
}

TEST_F(delivery_test, a_session_far_behind_whose_output_is_not_taken_asks_for_no_page) {
  shard.limits.page_bytes = 1;  // one event a page
  subscribe(R"(,"after_seq":0)");
  client.send_all();
  ASSERT_EQ(client.pages.size(), 1u);
  client.of().on_answer(load_page(shard.world, std::exchange(client.pages, {}).front()),
                        client.now());
  for (int i = 0; i < 100; ++i) {
    client.pass_alive(500ms);
    client.of().on_tick(client.now());
  }
  EXPECT_TRUE(client.pages.empty());
  EXPECT_EQ(shard.counters.pages, 1u);
  client.send_all();
  EXPECT_EQ(client.pages.size(), 1u);
}

TEST_F(delivery_test, who_is_put_out_gets_that_event_and_nothing_after_it) {
  subscribe();
  client.publish(shard.world.post("default/r", "bob", "11"));
  client.publish(shard.world.member("default/r", "bob", "ann", member_change::kicked));
  client.publish(shard.world.post("default/r", "bob", "13"));
  EXPECT_EQ(story(), "subscribed live:10 11 12");
  EXPECT_EQ(client.of().subscriptions(), 0u);
  EXPECT_EQ(shard.rooms.rooms(), 0u);
  subscribe();
  EXPECT_EQ(story(), "unknown_room");
}

TEST_F(delivery_test, who_is_put_out_during_the_backlog_gets_nothing_after_it) {
  subscribe(R"(,"after_seq":8)");
  client.publish(shard.world.member("default/r", "bob", "ann", member_change::kicked));
  client.publish(shard.world.post("default/r", "bob", "12"));
  EXPECT_EQ(story(), "subscribed 9 10 11");
  EXPECT_EQ(client.of().subscriptions(), 0u);
}

TEST_F(delivery_test, being_put_out_long_ago_does_not_end_the_backlog) {
  shard.world.member("default/r", "bob", "ann", member_change::kicked);  // 11
  shard.world.member("default/r", "bob", "ann", member_change::invited);
  subscribe(R"(,"after_seq":9)");
  EXPECT_EQ(story(), "subscribed 10 11 12 live:12");
}

TEST_F(delivery_test, being_put_out_and_back_in_before_it_began_does_not_end_it) {
  session_rig other(shard, 2);
  other.sign_in("bob");
  other.text(R"({"type":"subscribe","room":"r"})");  // so that the room is here already
  const auto out = shard.world.member("default/r", "bob", "ann", member_change::kicked);
  const auto in = shard.world.member("default/r", "bob", "ann", member_change::invited);
  subscribe(R"(,"after_seq":10)");
  for (const auto& batch : {out, in, shard.world.post("default/r", "bob", "13")})
    client.publish(batch);
  EXPECT_EQ(story(), "subscribed 11 12 13 live:13");
}

TEST_F(delivery_test, events_that_the_socket_takes_in_part_arrive_whole) {
  client.narrow_socket();
  subscribe();
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    client.publish(shard.world.post_many(
        "default/r", "bob", std::string(static_cast<std::size_t>(i) * 97 % 4000, 'x'), 7));
    if (i % 5 == 0) client.text(R"({"type":"ping"})");
    client.send_all();
  }
  const auto said = all_said();
  for (int seq = 11; seq <= 360; ++seq) expected += (seq == 11 ? "" : " ") + std::to_string(seq);
  EXPECT_EQ(seqs(said), expected);
}

TEST_F(delivery_test, rooms_of_one_connection_take_turns_at_a_narrow_socket) {
  shard.world.create("default/s", "ann");
  client.narrow_socket();
  subscribe();
  client.text(R"({"type":"subscribe","room":"s"})");
  (void)story();
  for (const char* room : {"default/r", "default/s"})
    client.publish(shard.world.post_many(room, "ann", std::string(3900, 'x'), 100));
  std::set<std::string> rooms;
  for (int sends = 0; sends < 8; ++sends) {
    EXPECT_FALSE(client.send_once());
    for (const auto& frame : client.whole_frames()) rooms.insert(field(frame, "room"));
  }
  EXPECT_EQ(rooms.size(), 2u);
}

TEST_F(delivery_test, who_leaves_gets_the_ack_and_nothing_after_it) {
  subscribe();
  client.text(R"({"type":"leave","id":1,"room":"r","cid":"cid-11"})");
  const auto batch = shard.world.member("default/r", "ann", "ann", member_change::left);
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  client.publish(batch);
  client.publish(shard.world.post("default/r", "bob", "12"));
  EXPECT_EQ(story(), "subscribed live:10 ack");
  EXPECT_EQ(client.of().subscriptions(), 0u);
}

TEST_F(delivery_test, a_page_that_fails_is_asked_for_again) {
  shard.world.fail_pages(true);
  subscribe(R"(,"after_seq":8)");
  EXPECT_EQ(story(), "subscribed");
  EXPECT_EQ(shard.counters.page_errors, 1u);
  shard.world.fail_pages(false);
  client.pass(300ms);
  EXPECT_EQ(story(), "9 10 live:10");
}

TEST_F(delivery_test, content_that_does_not_decode_leaves_no_hole) {
  subscribe();
  client.publish(shard.world.post_damaged("default/r", "bob"));
  const auto said = all_said();
  EXPECT_EQ(field(said.back(), "seq"), "11");
  EXPECT_EQ(field(said.back(), "unreadable"), "true");
  EXPECT_EQ(shard.rooms.counters().unreadable, 1u);
}

}  // namespace
}  // namespace roomlog::testing
