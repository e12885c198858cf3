// Subscriptions: where they start, what they deliver, when they end.
#include <gtest/gtest.h>

#include "pushers/view_queries.h"
#include "tests/pushers/session_rig.h"

namespace roomlog::test {
namespace {

using namespace std::chrono_literals;

struct subscription_test : testing::Test {
  void SetUp() override {
    shard.world.create("default/r", "ann");
    shard.world.member("default/r", "ann", "bob", member_change::invited);
    shard.world.post_many("default/r", "bob", "text", 8);  // head 10
    client.sign_in("ann");
  }
  std::vector<std::string> all_said() {
    client.settle();
    return client.said();
  }
  // The frame types, and seqs of events and live: "subscribed 9 10 live:10".
  std::string story() {
    std::string all;
    for (const auto& object : all_said()) {
      const auto type = object == "<ping>" ? object : field(object, "type");
      if (!all.empty()) all += ' ';
      all += type == "event"   ? field(object, "seq")
             : type == "live"  ? "live:" + field(object, "seq")
             : type == "error" ? field(object, "code")
                               : type;
    }
    return all;
  }
  void subscribe(const std::string& more = {}) {
    client.text(R"({"type":"subscribe","id":2,"room":"r")" + more + "}");
  }

  shard_rig shard;
  session_rig client{shard};
};

TEST_F(subscription_test, without_a_cursor_it_starts_now) {
  subscribe();
  const auto said = all_said();
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0], R"({"type":"subscribed","id":2,"room":"r","head":10,)"
                     R"("first_available":1,"epoch":"e1"})");
  EXPECT_EQ(said[1], R"({"type":"live","room":"r","seq":10})");
  client.publish(shard.world.post("default/r", "bob", "new"));
  EXPECT_EQ(story(), "11");
}

TEST_F(subscription_test, after_seq_is_exclusive) {
  subscribe(R"(,"after_seq":7)");
  EXPECT_EQ(story(), "subscribed 8 9 10 live:10");
}

TEST_F(subscription_test, after_seq_zero_is_everything) {
  subscribe(R"(,"after_seq":0)");
  EXPECT_EQ(story(), "subscribed 1 2 3 4 5 6 7 8 9 10 live:10");
}

TEST_F(subscription_test, after_offset_is_exclusive) {
  subscribe(R"(,"after_offset":8)");  // offsets are those of the seqs here
  EXPECT_EQ(story(), "subscribed 9 10 live:10");
}

TEST_F(subscription_test, since_is_inclusive) {
  subscribe(R"(,"since":"2023-11-14T22:13:20.009000Z")");
  EXPECT_EQ(story(), "subscribed 9 10 live:10");
}

TEST_F(subscription_test, since_after_everything_starts_now) {
  subscribe(R"(,"since":"2024-01-01T00:00:00Z")");
  EXPECT_EQ(story(), "subscribed live:10");
}

TEST_F(subscription_test, last_n_starts_n_before_the_head_or_at_the_first) {
  subscribe(R"(,"last":2)");
  EXPECT_EQ(story(), "subscribed 9 10 live:10");
  subscribe(R"(,"last":10)");
  EXPECT_EQ(story(), "subscribed 1 2 3 4 5 6 7 8 9 10 live:10");
  subscribe(R"(,"last":999)");
  EXPECT_EQ(story(), "subscribed 1 2 3 4 5 6 7 8 9 10 live:10");
  subscribe(R"(,"last":0)");
  EXPECT_EQ(story(), "subscribed live:10");
}

TEST_F(subscription_test, another_epoch_is_refused_with_the_present_one) {
  subscribe(R"(,"after_seq":3,"epoch":"e0")");
  const auto said = all_said();
  EXPECT_EQ(field(said.back(), "code"), "epoch_changed");
  EXPECT_EQ(field(said.back(), "epoch"), "e1");
  subscribe(R"(,"after_seq":9,"epoch":"e1")");
  EXPECT_EQ(story(), "subscribed 10 live:10");
}

TEST_F(subscription_test, a_cursor_at_the_head_is_good_and_one_past_it_is_refused) {
  subscribe(R"(,"after_seq":10)");
  EXPECT_EQ(story(), "subscribed live:10");
  subscribe(R"(,"after_seq":11)");
  const auto said = all_said();
  EXPECT_EQ(field(said.back(), "code"), "invalid_field");
  EXPECT_NE(field(said.back(), "message").find("10"), std::string::npos);
  subscribe(R"(,"after_offset":99)");
  EXPECT_EQ(story(), "invalid_field");
}

TEST_F(subscription_test, a_cursor_beyond_the_head_waits_until_the_fold_has_read_the_log) {
  shard.world.fall_behind(3);
  subscribe(R"(,"after_seq":11)");
  EXPECT_EQ(story(), "");
  EXPECT_EQ(client.waits.size(), 1u);
  shard.world.post_many("default/r", "bob", "late", 2);
  shard.world.catch_up();
  client.level();
  EXPECT_EQ(story(), "subscribed 12 live:12");
}

TEST_F(subscription_test, a_cursor_still_beyond_the_head_then_is_refused) {
  shard.world.fall_behind(3);
  subscribe(R"(,"after_seq":11)");
  EXPECT_EQ(story(), "");
  shard.world.catch_up();
  client.level();
  EXPECT_EQ(story(), "invalid_field");
}

TEST_F(subscription_test, where_others_append_too_the_log_is_asked_for_its_end) {
  shard.world.share_log(true);  // the fold stands at what it sees of the log
  subscribe(R"(,"after_seq":11)");
  EXPECT_EQ(story(), "") << "refused by a fold that may lag";
  ASSERT_EQ(client.waits.size(), 1u);
  shard.world.post_many("default/r", "bob", "late", 2);
  client.level();
  EXPECT_EQ(story(), "subscribed 12 live:12");
  client.text(R"({"type":"members","id":3,"room":"nowhere"})");
  client.text(R"({"type":"history","id":4,"room":"r","min_seq":13})");
  EXPECT_EQ(story(), "");
  EXPECT_EQ(client.waits.size(), 2u);
  client.level();
  EXPECT_EQ(story(), "unknown_room invalid_field");
}

TEST_F(subscription_test,
       everything_that_the_log_held_is_waited_for_one_partition_after_the_other) {
  shard.world.share_log(true);
  client.text(R"({"type":"rooms","id":2,"min_seq":1})");
  ASSERT_EQ(client.waits.size(), 4u);
  const auto waits = std::exchange(client.waits, {});
  for (std::size_t i = 0; i < waits.size(); ++i) {
    EXPECT_TRUE(client.queries.empty()) << i;
    client.of().on_level(waits[i].second, client.now());
  }
  EXPECT_EQ(client.queries.size(), 1u);
}

TEST_F(subscription_test, a_fold_that_does_not_come_on_within_five_seconds_is_unavailable) {
  shard.world.fall_behind(3);
  subscribe(R"(,"after_seq":11)");
  client.pass_alive(4900ms);
  EXPECT_EQ(story().find("unavailable"), std::string::npos);
  client.pass_alive(200ms);
  EXPECT_NE(story().find("unavailable"), std::string::npos);
  shard.world.catch_up();
  client.level();
  EXPECT_EQ(story(), "");  // exactly one answer
}

TEST_F(subscription_test, outsiders_learn_of_public_rooms_only) {
  shard.world.create("default/open", "bob", true);
  shard.world.create("default/closed", "bob", false);
  client.text(R"({"type":"subscribe","id":1,"room":"open"})");
  EXPECT_EQ(story(), "not_member");
  client.text(R"({"type":"subscribe","id":1,"room":"closed"})");
  EXPECT_EQ(story(), "unknown_room");
  client.text(R"({"type":"subscribe","id":1,"room":"never"})");
  EXPECT_EQ(story(), "unknown_room");
}

TEST_F(subscription_test, rooms_of_other_tenants_do_not_exist) {
  shard.world.create("other/x", "ann");
  client.text(R"({"type":"subscribe","room":"x"})");
  EXPECT_EQ(story(), "unknown_room");
}

TEST_F(subscription_test, waits_for_own_commands_in_the_room) {
  client.text(R"({"type":"join","room":"new","cid":"j"})"
              "\n"
              R"({"type":"subscribe","id":3,"room":"new","after_seq":0})");
  EXPECT_EQ(story(), "");
  shard.world.create("default/new", "bob", true);
  shard.world.member("default/new", "ann", "ann", member_change::joined);
  client.acked(shard.world.ack_of("default/new", seq_no{2}));
  EXPECT_EQ(story(), "ack subscribed 1 2 live:2");
}

TEST_F(subscription_test, an_ack_stands_for_the_event) {
  subscribe();
  (void)story();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  const auto batch = shard.world.post("default/r", "ann", "mine");
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  client.publish(batch);
  client.publish(shard.world.post("default/r", "bob", "theirs"));
  EXPECT_EQ(story(), "ack 12");
}

TEST_F(subscription_test, own_events_without_an_ack_are_pushed) {
  subscribe();
  (void)story();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  client.refused("r", error_code::unknown_outcome);
  client.publish(shard.world.post("default/r", "ann", "mine"));
  EXPECT_EQ(story(), "unknown_outcome 11");
}

TEST_F(subscription_test, echo_asks_for_both) {
  subscribe();
  client.text(R"({"type":"options","echo":true})");
  (void)story();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  const auto batch = shard.world.post("default/r", "ann", "mine");
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  client.publish(batch);
  EXPECT_EQ(story(), "ack 11");
}

TEST_F(subscription_test, a_new_subscription_below_own_events_delivers_them) {
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-11","text":"mine"})");
  shard.world.post("default/r", "ann", "mine");
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  subscribe(R"(,"after_seq":9)");
  EXPECT_EQ(story(), "ack subscribed 10 11 live:11");
}

TEST_F(subscription_test, acks_are_left_out_of_the_backlog_too) {
  subscribe(R"(,"after_seq":8)");
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-10","text":"again"})");
  client.acked(shard.world.ack_of("default/r", seq_no{10}));  // a duplicate of what it had sent
  EXPECT_EQ(story(), "subscribed ack 9 live:10");
}

TEST_F(subscription_test, the_other_devices_of_the_sender_get_the_push) {
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

TEST_F(subscription_test, subscribing_again_replaces_the_subscription) {
  subscribe();
  subscribe(R"(,"after_seq":8)");
  EXPECT_EQ(story(), "subscribed live:10 subscribed 9 10 live:10");
  client.publish(shard.world.post("default/r", "bob", "once"));
  EXPECT_EQ(story(), "11");
  EXPECT_EQ(client.of().subscriptions(), 1u);
}

TEST_F(subscription_test, a_subscribe_that_waits_is_replaced_with_an_answer) {
  shard.world.fall_behind(3);
  subscribe(R"(,"after_seq":11)");
  subscribe(R"(,"after_seq":9)");
  EXPECT_EQ(story(), "unavailable subscribed 10 live:10");
}

TEST_F(subscription_test, unsubscribe_ends_the_pushes) {
  subscribe();
  client.text(R"({"type":"unsubscribe","id":3,"room":"r"})");
  client.publish(shard.world.post("default/r", "bob", "unheard"));
  EXPECT_EQ(story(), "subscribed live:10 ok");
  EXPECT_EQ(shard.rooms.rooms(), 0u);
}

TEST_F(subscription_test, live_is_said_once) {
  subscribe(R"(,"after_seq":9)");
  EXPECT_EQ(story(), "subscribed 10 live:10");
  client.publish(shard.world.post_many("default/r", "bob", "more", 3));
  EXPECT_EQ(story(), "11 12 13");
}

TEST_F(subscription_test, events_that_come_during_the_backlog_follow_it_without_a_hole) {
  shard.limits.page_bytes = 1;  // one event a page
  subscribe(R"(,"after_seq":0)");
  client.send_all();
  for (int i = 0; i < 5; ++i) {
    client.publish(shard.world.post("default/r", "bob", "meanwhile"));
    ASSERT_EQ(client.pages.size(), 1u);
    auto request = std::move(client.pages.front());
    client.pages.clear();
    client.of().on_page(load_page(shard.world, request), client.now());
    client.send_all();
  }
  EXPECT_EQ(story(), "subscribed 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 live:15");
}

TEST_F(subscription_test, a_batch_that_comes_twice_is_delivered_once) {
  subscribe();
  const auto batch = shard.world.post("default/r", "bob", "once");
  client.publish(batch);
  client.publish(batch);
  EXPECT_EQ(story(), "subscribed live:10 11");
}

TEST_F(subscription_test, a_gap_in_the_batches_is_filled_from_history) {
  subscribe();
  (void)shard.world.post("default/r", "bob", "not published");
  client.publish(shard.world.post("default/r", "bob", "published"));
  EXPECT_EQ(story(), "subscribed live:10 11 12");
}

TEST_F(subscription_test, a_head_that_the_shard_has_not_seen_yet_leaves_no_hole) {
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

TEST_F(subscription_test, who_is_put_out_gets_that_event_and_nothing_after_it) {
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

TEST_F(subscription_test, who_is_put_out_during_the_backlog_gets_nothing_after_it) {
  subscribe(R"(,"after_seq":8)");
  client.publish(shard.world.member("default/r", "bob", "ann", member_change::kicked));
  client.publish(shard.world.post("default/r", "bob", "12"));
  EXPECT_EQ(story(), "subscribed 9 10 11");
  EXPECT_EQ(client.of().subscriptions(), 0u);
}

TEST_F(subscription_test, being_put_out_long_ago_does_not_end_the_backlog) {
  shard.world.member("default/r", "bob", "ann", member_change::kicked);  // 11
  shard.world.member("default/r", "bob", "ann", member_change::invited);
  subscribe(R"(,"after_seq":9)");
  EXPECT_EQ(story(), "subscribed 10 11 12 live:12");
}

TEST_F(subscription_test, being_put_out_and_back_in_before_it_began_does_not_end_it) {
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

TEST_F(subscription_test, events_that_the_socket_takes_in_part_arrive_whole) {
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

TEST_F(subscription_test, who_leaves_gets_the_ack_and_nothing_after_it) {
  subscribe();
  client.text(R"({"type":"leave","id":1,"room":"r","cid":"cid-11"})");
  const auto batch = shard.world.member("default/r", "ann", "ann", member_change::left);
  client.acked(shard.world.ack_of("default/r", seq_no{11}));
  client.publish(batch);
  client.publish(shard.world.post("default/r", "bob", "12"));
  EXPECT_EQ(story(), "subscribed live:10 ack");
  EXPECT_EQ(client.of().subscriptions(), 0u);
}

TEST_F(subscription_test, one_subscription_too_many_is_refused) {
  shard.limits.subscriptions_max = 2;
  for (const char* room : {"a", "b", "c"})
    shard.world.create(std::string("default/") + room, "ann");
  for (const char* room : {"a", "b", "c"})
    client.text(std::string(R"({"type":"subscribe","room":")") + room + "\"}");
  EXPECT_EQ(story(), "subscribed live:1 subscribed live:1 overloaded");
  client.text(R"({"type":"subscribe","room":"a"})");  // replaces, so it fits
  EXPECT_EQ(story(), "subscribed live:1");
}

TEST_F(subscription_test, a_page_that_fails_is_asked_for_again) {
  shard.world.fail_pages(true);
  subscribe(R"(,"after_seq":8)");
  EXPECT_EQ(story(), "subscribed");
  EXPECT_EQ(shard.counters.page_errors, 1u);
  shard.world.fail_pages(false);
  client.pass(300ms);
  EXPECT_EQ(story(), "9 10 live:10");
}

TEST_F(subscription_test, content_that_does_not_decode_leaves_no_hole) {
  subscribe();
  client.publish(shard.world.post_damaged("default/r", "bob"));
  const auto said = all_said();
  EXPECT_EQ(field(said.back(), "seq"), "11");
  EXPECT_EQ(field(said.back(), "unreadable"), "true");
}

TEST_F(subscription_test, thousands_of_joins_and_leaves_leave_nothing_behind) {
  for (int room = 0; room < 500; ++room)
    shard.world.create("default/many-" + std::to_string(room), "ann");
  for (int round = 0; round < 10; ++round) {
    for (int room = 0; room < 500; ++room)
      client.text(R"({"type":"subscribe","room":"many-)" + std::to_string(room) +
                  R"(","after_seq":0})");
    client.publish(shard.world.post("default/many-7", "ann", "x"));
    if (round % 2 == 0) client.settle();
    for (int room = 499; room >= 0; --room)
      client.text(R"({"type":"unsubscribe","room":"many-)" + std::to_string(room) + "\"}");
    client.settle();
  }
  EXPECT_EQ(shard.counters.subscriptions, 0u);
  EXPECT_EQ(shard.rooms.rooms(), 0u);
  EXPECT_EQ(shard.rooms.tail_bytes(), 0u);
}

TEST_F(subscription_test, queries_are_checked_and_answered_from_the_views) {
  client.text(R"({"type":"history","id":5,"room":"r","after_seq":7,"limit":2})");
  ASSERT_EQ(client.queries.size(), 1u);
  client.answer_queries();
  const auto page = all_said().back();
  EXPECT_EQ(field(page, "type"), "page");
  EXPECT_EQ(field(page, "id"), "5");
  EXPECT_EQ(field(page, "more"), "true");
  EXPECT_NE(field(page, "events").find(R"("seq":8)"), std::string::npos);
  client.text(R"({"type":"members","id":6,"room":"r"})");
  client.answer_queries();
  EXPECT_EQ(all_said().back(),
            R"({"type":"members","id":6,"room":"r","members":[{"user":"ann","role":"owner"},)"
            R"({"user":"bob","role":"writer"}]})");
  client.text(R"({"type":"rooms","id":7})");
  client.answer_queries();
  const auto rooms = field(all_said().back(), "rooms");
  EXPECT_EQ(rooms.rfind(R"([{"room":"r","title":"A room","direct":false,"role":"owner",)"
                        R"("head":10,"read":0,"unread":0,"last":{"type":"event")",
                        0),
            0u);
}

TEST_F(subscription_test, history_of_a_room_that_one_may_not_read_is_refused) {
  shard.world.create("default/open", "bob", true);
  client.text(R"({"type":"history","room":"open"})");
  client.text(R"({"type":"members","room":"nowhere"})");
  EXPECT_EQ(story(), "not_member unknown_room");
}

TEST_F(subscription_test, a_query_that_names_a_seq_beyond_the_head_waits_or_is_refused) {
  client.text(R"({"type":"history","id":1,"room":"r","min_seq":11})");
  client.text(R"({"type":"history","id":1,"room":"r","after_seq":11})");
  client.text(R"({"type":"history","id":1,"room":"r","before_seq":12})");
  EXPECT_EQ(story(), "invalid_field invalid_field invalid_field");
  client.text(R"({"type":"history","id":1,"room":"r","before_seq":11})");
  EXPECT_EQ(client.queries.size(), 1u);
  client.answer_queries();
  shard.world.fall_behind(1);
  client.text(R"({"type":"history","id":1,"room":"r","min_seq":11})");
  client.text(R"({"type":"rooms","id":2,"min_seq":1})");
  EXPECT_TRUE(client.queries.empty());
  shard.world.post("default/r", "bob", "11");
  shard.world.catch_up();
  client.level();
  EXPECT_EQ(client.queries.size(), 2u);
}

TEST_F(subscription_test, reads_no_further_with_the_most_queries_open) {
  shard.limits.queries_in_flight_max = 2;
  client.text("{\"type\":\"rooms\"}\n{\"type\":\"rooms\"}\n{\"type\":\"rooms\"}");
  EXPECT_EQ(client.queries.size(), 2u);
  EXPECT_FALSE(client.of().wants_input());
  client.answer_queries();
  EXPECT_EQ(client.queries.size(), 1u);
  EXPECT_TRUE(client.of().wants_input());
}

}  // namespace
}  // namespace roomlog::test
