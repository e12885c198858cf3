// Subscriptions: where they start, who may have them, when they end.
#include "tests/pushers/session/room_session.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct subscription_test : room_session {};

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

// S2.2.7.1, S3.6, conflict 2
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

// S2.2.7.2, conflict 2
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

TEST_F(subscription_test, a_list_of_rooms_with_min_seq_waits_for_every_partition) {
  shard.world.share_log(true);
  client.text(R"({"type":"rooms","id":2,"min_seq":1})");
  ASSERT_EQ(client.waits.size(), 1u);
  EXPECT_EQ(client.waits.front().first.size(), shard.world.partitions());
  EXPECT_TRUE(client.queries.empty());
  client.level();
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

// S3.26
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

TEST_F(subscription_test, one_subscription_too_many_is_refused) {
  shard.limits.subscriptions_max = 2;
  for (const char* room : {"a", "b", "c"})
    shard.world.create(std::string("default/") + room, "ann");
  for (const char* room : {"a", "b", "c"})
    client.text(std::string(R"({"type":"subscribe","room":")") + room + "\"}");
  const auto said = all_said();
  ASSERT_EQ(said.size(), 5u);
  EXPECT_EQ(field(said[4], "code"), "overloaded");
  EXPECT_EQ(field(said[4], "temporary"), "false") << "waiting does not help";
  EXPECT_NE(field(said[4], "message").find("at most 2 subscriptions"), std::string::npos);
  EXPECT_EQ(shard.counters.refusals[static_cast<std::size_t>(error_code::overloaded)], 1u);
  client.text(R"({"type":"subscribe","room":"a"})");  // replaces, so it fits
  EXPECT_EQ(story(), "subscribed live:1");
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

}  // namespace
}  // namespace roomlog::testing
