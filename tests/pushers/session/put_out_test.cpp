// Who is put out of a room gets that event and no further frame of it, whatever lies between the
// check of the right and the frame: a full inbox, a page under way, output that is not taken, a
// subscribe that is held.
#include "tests/pushers/session/room_session.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct put_out_test : room_session {
  decided_batch_ptr kick() {
    return shard.world.member("default/r", "bob", "ann", member_change::kicked);
  }
  decided_batch_ptr invite() {
    return shard.world.member("default/r", "bob", "ann", member_change::invited);
  }
  decided_batch_ptr post(std::size_t count = 1) {
    return shard.world.post_many("default/r", "bob", "text", count);
  }
  // An own command that makes a member event; its ack comes, its batch is dropped.
  void acked_and_dropped(const char* type, member_change change) {
    client.text(R"({"type":")" + std::string(type) + R"(","id":1,"room":"r"})");
    shard.world.member("default/r", "ann", "ann", change);
    client.acked(shard.world.ack_of("default/r", seq_no{shard.world.head("default/r")}));
  }
  // What the shard does after it has dropped batches.
  void overflow_ends() { EXPECT_TRUE(shard.rooms.resync(shard.world)); }
  void expect_ended() {
    EXPECT_EQ(client.of().subscriptions(), 0u);
    client.publish(post());
    EXPECT_EQ(story(), "");
  }
};

// ---- the inbox ----

TEST_F(put_out_test, who_left_while_batches_were_dropped_gets_nothing_of_the_room_any_more) {
  subscribe();
  EXPECT_EQ(story(), "subscribed live:10");
  acked_and_dropped("leave", member_change::left);
  EXPECT_EQ(story(), "ack");
  overflow_ends();
  EXPECT_EQ(story(), "");
  expect_ended();
}

TEST_F(put_out_test, who_left_while_batches_were_dropped_is_out_when_the_next_batch_comes_first) {
  subscribe();
  acked_and_dropped("leave", member_change::left);
  client.publish(post());
  EXPECT_EQ(story(), "subscribed live:10 ack");
  expect_ended();
}

TEST_F(put_out_test, who_left_and_joined_again_unseen_has_to_subscribe_again) {
  subscribe();
  acked_and_dropped("leave", member_change::left);
  acked_and_dropped("join", member_change::joined);
  overflow_ends();
  client.publish(post());
  EXPECT_EQ(story(), "subscribed live:10 ack ack");
  expect_ended();
}

TEST_F(put_out_test, who_was_kicked_while_batches_were_dropped_gets_the_events_up_to_the_kick) {
  subscribe();
  (void)post();  // 11
  (void)kick();
  (void)post(3);
  overflow_ends();
  EXPECT_EQ(story(), "subscribed live:10 11 12");
  expect_ended();
}

TEST_F(put_out_test, kicked_and_invited_back_while_batches_were_dropped_ends_at_the_first_kick) {
  for (const bool told : {false, true}) {
    subscribe();
    (void)kick();
    (void)post();
    (void)invite();
    if (told)
      client.publish(post());
    else
      overflow_ends();
    const auto first = story();
    EXPECT_EQ(first.substr(first.rfind(' ') + 1), told ? "15" : "11") << first;
    expect_ended();
  }
}

TEST_F(put_out_test, kicked_twice_while_batches_were_dropped_ends_at_the_first_kick) {
  subscribe();
  (void)kick();
  (void)post();
  (void)invite();
  (void)kick();
  (void)post();
  overflow_ends();
  EXPECT_EQ(story(), "subscribed live:10 11");
  expect_ended();
}

TEST_F(put_out_test, only_the_own_events_of_a_gap_are_left_out) {
  subscribe();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"c","text":"mine"})");
  (void)post();                                  // 11
  shard.world.post("default/r", "ann", "mine");  // 12
  client.acked(shard.world.ack_of("default/r", seq_no{12}));
  (void)post();  // 13
  overflow_ends();
  EXPECT_EQ(story(), "subscribed live:10 ack 11 13");
}

// ---- a page under way ----

TEST_F(put_out_test, a_page_that_was_read_before_the_kick_ends_with_the_kick) {
  subscribe(R"(,"after_seq":8)");
  client.send_all();
  ASSERT_EQ(client.pages.size(), 1u);
  auto page = load_page(shard.world, std::exchange(client.pages, {}).front());
  for (const auto& batch : {kick(), post(), invite(), post()}) client.publish(batch);
  client.of().on_answer(std::move(page), client.now());
  EXPECT_EQ(story(), "subscribed 9 10 11");
  expect_ended();
}

TEST_F(put_out_test, a_page_that_was_read_ahead_of_the_batches_ends_with_the_kick) {
  subscribe(R"(,"after_seq":8)");
  client.send_all();
  ASSERT_EQ(client.pages.size(), 1u);
  const std::vector<decided_batch_ptr> batches{kick(), post(), invite(), post()};
  client.settle();
  for (const auto& batch : batches) client.publish(batch);
  EXPECT_EQ(story(), "subscribed 9 10 11");
  expect_ended();
}

TEST_F(put_out_test, a_page_under_way_while_the_kick_was_dropped_does_not_carry_on_behind_it) {
  subscribe(R"(,"after_seq":8)");
  client.send_all();
  auto page = load_page(shard.world, std::exchange(client.pages, {}).front());
  (void)kick();
  (void)post();
  (void)invite();
  overflow_ends();
  client.publish(post());
  client.of().on_answer(std::move(page), client.now());
  EXPECT_EQ(story(), "subscribed 9 10 11");
  expect_ended();
}

// ---- output that is not taken ----

TEST_F(put_out_test, kicked_spoken_invited_and_kicked_again_before_being_served_ends_at_the_first) {
  subscribe();
  for (const auto& batch : {post(), kick(), post(), invite(), kick(), post()})
    client.publish(batch);
  EXPECT_EQ(story(), "subscribed live:10 11 12");
  expect_ended();
}

TEST_F(put_out_test, kicked_and_invited_back_before_being_served_ends_at_the_kick) {
  subscribe();
  for (const auto& batch : {kick(), invite(), post()}) client.publish(batch);
  EXPECT_EQ(story(), "subscribed live:10 11");
  expect_ended();
}

// The seq of the ack is beyond the kick, in the middle of what is offered together.
TEST_F(put_out_test, an_ack_behind_the_kick_does_not_carry_the_output_over_it) {
  subscribe();
  client.text(R"({"type":"send","id":1,"room":"r","cid":"c","text":"mine"})");
  for (const auto& batch : {kick(), invite(), post(2)}) client.publish(batch);  // 11 … 14
  const auto own = shard.world.post("default/r", "ann", "mine");
  client.acked(shard.world.ack_of("default/r", seq_no{15}));
  client.publish(own);
  EXPECT_EQ(story(), "subscribed live:10 ack 11");
  expect_ended();
}

TEST_F(put_out_test, what_a_full_socket_takes_late_ends_at_the_kick_as_well) {
  client.narrow_socket();
  subscribe();
  std::string expected = "subscribed live:10";
  for (int seq = 11; seq <= 60; ++seq) expected += ' ' + std::to_string(seq);
  for (int i = 0; i < 49; ++i)
    client.publish(shard.world.post("default/r", "bob", std::string(3000, 'x')));
  for (const auto& batch : {kick(), post(20), invite()}) client.publish(batch);
  EXPECT_EQ(story(), expected);
  expect_ended();
}

// ---- a session that is held ----

TEST_F(put_out_test, a_subscribe_that_is_held_while_its_user_is_kicked_is_refused) {
  client.text(R"({"type":"send","id":1,"room":"r","cid":"c","text":"x"})");
  subscribe(R"(,"after_seq":0)");
  client.publish(kick());
  client.refused("r", error_code::not_member);
  EXPECT_EQ(story(), "not_member unknown_room");
}

TEST_F(put_out_test, a_subscribe_that_was_held_starts_behind_the_kick_that_it_has_outlived) {
  client.text(R"({"type":"send","id":1,"room":"r","cid":"c","text":"x"})");
  subscribe(R"(,"after_seq":9)");
  const std::vector<decided_batch_ptr> batches{kick(), invite()};
  client.refused("r", error_code::rate_limited);
  for (const auto& batch : batches) client.publish(batch);
  client.publish(post());
  EXPECT_EQ(story(), "rate_limited subscribed 10 11 12 13 live:13");
}

}  // namespace
}  // namespace roomlog::testing
