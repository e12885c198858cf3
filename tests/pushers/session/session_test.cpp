// The life of a session, its commands, and what they are answered with.
#include <gtest/gtest.h>

#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct session_test : ::testing::Test {
  shard_rig shard;
  session_rig client{shard};
};

// S1.11: the time
TEST_F(session_test, says_hello_with_its_limits_at_once) {
  client.connect();
  const auto said = client.said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(field(said[0], "type"), "hello");
  EXPECT_EQ(field(said[0], "epoch"), "e1");
  EXPECT_EQ(field(said[0], "ping_ms"), "2000");
  EXPECT_EQ(field(said[0], "server_time"), "2023-11-14T22:15:00.000000Z");
  EXPECT_FALSE(field(said[0], "session").empty());
  const auto limits = field(said[0], "limits");
  EXPECT_EQ(field(limits, "frame_bytes"), "65536");
  EXPECT_EQ(field(limits, "attempt_ms"), "10000");
}

// S1.7, S1.11: the user
TEST_F(session_test, takes_a_token_from_the_first_frame_and_repeats_its_id) {
  client.connect();
  client.text(R"({"type":"auth","id":"a","token":"t1"})");
  EXPECT_EQ(client.tokens, std::vector<std::string>{"t1"});
  client.accept_token("ann", timestamp{1'700'000'200'000'000});
  const auto said = client.said();
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[1], R"({"type":"authenticated","id":"a","user":"ann",)"
                     R"("expires":"2023-11-14T22:16:40.000000Z"})");
}

// S2.3.4.1
TEST_F(session_test, closes_with_4500_when_no_token_came_within_five_seconds) {
  client.connect();
  client.heard();
  client.pass(4900ms);
  EXPECT_FALSE(client.closed && client.closed->first == 4500);
  client.pass(200ms);
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4500u);
  EXPECT_EQ(field(client.said().back(), "code"), "unauthorized");
}

TEST_F(session_test, says_why_a_token_is_refused_and_closes_with_its_code) {
  client.connect("bad");
  client.of().on_token(token_refusal{make_client_error(error_code::token_signature, "wrong"), 4502},
                       client.now());
  EXPECT_EQ(field(client.said().back(), "code"), "token_signature");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4502u);
}

// S2.3.4.1
TEST_F(session_test, answers_commands_before_the_token_as_unauthorized) {
  client.connect();
  client.text(R"({"type":"ping","id":1})"
              "\n"
              R"({"type":"send","id":2,"cid":"c","room":"r","text":"x"})");
  const auto said = client.said();
  ASSERT_EQ(said.size(), 3u);
  EXPECT_EQ(field(said[1], "code"), "unauthorized");
  EXPECT_EQ(field(said[2], "id"), "2");
  EXPECT_EQ(field(said[2], "cid"), "c");
  EXPECT_TRUE(client.submitted.empty());
}

TEST_F(session_test, holds_commands_back_while_the_token_is_verified) {
  client.connect();
  client.text(R"({"type":"auth","token":"t"})"
              "\n"
              R"({"type":"ping","id":1})");
  EXPECT_FALSE(client.of().wants_input());
  client.accept_token("ann");
  EXPECT_TRUE(client.of().wants_input());
  EXPECT_EQ(client.said().back(), R"({"type":"pong","id":1})");
}

// S1.31
TEST_F(session_test, a_refresh_must_be_of_the_same_user_and_tenant) {
  client.sign_in("ann");
  client.text(R"({"type":"refresh","id":1,"token":"t"})");
  client.accept_token("bob");
  EXPECT_EQ(field(client.said().back(), "code"), "token_claims");
  client.text(R"({"type":"refresh","id":2,"token":"t"})");
  client.accept_token("ann", {}, "other");
  EXPECT_EQ(field(client.said().back(), "code"), "token_claims");
  client.text(R"({"type":"refresh","id":3,"token":"t"})");
  client.accept_token("ann");
  EXPECT_EQ(client.said().back(), R"({"type":"authenticated","id":3,"user":"ann"})");
  EXPECT_FALSE(client.closed);
}

TEST_F(session_test, a_refresh_with_a_bad_token_is_told_why_and_closed) {
  client.sign_in("ann");
  client.text(R"({"type":"refresh","id":1,"token":"t"})");
  client.of().on_token(
      token_refusal{make_client_error(error_code::token_malformed, "no token"), 4501},
      client.now());
  EXPECT_EQ(field(client.said().back(), "id"), "1");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4501u);
}

TEST_F(session_test, a_token_that_cannot_be_checked_now_is_told_when_to_come_back) {
  client.connect("t");
  auto busy = make_client_error(error_code::overloaded, "too many tokens wait to be checked");
  busy.retry_after_ms = 1000;
  client.of().on_token(token_refusal{busy, 4001}, client.now());
  EXPECT_EQ(field(client.said().back(), "retry_after_ms"), "1000");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(*client.closed, std::pair(4001u, std::string(R"({"retry_after_ms":1000})")));
}

TEST_F(session_test, says_that_the_token_expires_and_closes_when_it_has) {
  const auto expires = timestamp{client.now().wall.value + 100'000'000};
  client.sign_in("ann", expires);
  client.pass_alive(79'900ms);  // the notice is a fifth of the lifetime: 20 s
  EXPECT_EQ(client.said_text().find("token_expiring"), std::string::npos);
  client.pass_alive(200ms);
  EXPECT_NE(client.said_text().find(R"({"type":"token_expiring","expires":"2023-11-14T22:16:40)"),
            std::string::npos);
  client.pass_alive(19'800ms);
  ASSERT_FALSE(client.closed);
  client.pass_alive(200ms);
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4503u);
  EXPECT_EQ(field(client.said().back(), "code"), "token_expired");
}

TEST_F(session_test, a_refresh_in_time_keeps_the_connection) {
  client.sign_in("ann", timestamp{client.now().wall.value + 10'000'000});
  client.pass_alive(9000ms);
  client.text(R"({"type":"refresh","token":"t"})");
  client.accept_token("ann", timestamp{client.now().wall.value + 10'000'000});
  client.pass_alive(5000ms);
  EXPECT_FALSE(client.closed);
}

TEST_F(session_test, a_refreshed_token_is_announced_before_it_expires_as_well) {
  client.sign_in("ann", timestamp{client.now().wall.value + 10'000'000});
  client.pass_alive(8100ms);
  EXPECT_NE(client.said_text().find("token_expiring"), std::string::npos);
  client.text(R"({"type":"refresh","token":"t"})");
  client.accept_token("ann", timestamp{client.now().wall.value + 10'000'000});
  client.pass_alive(7900ms);
  EXPECT_EQ(client.said_text().find("token_expiring"), std::string::npos);
  client.pass_alive(200ms);
  EXPECT_NE(client.said_text().find("token_expiring"), std::string::npos);
  client.pass_alive(2000ms);
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4503u);
}

TEST_F(session_test, a_wall_clock_set_forward_past_the_expiry_closes_within_a_minute) {
  client.sign_in("ann", timestamp{client.now().wall.value + 3'600'000'000});
  client.pass_alive(1s);
  client.set_wall_forward(2h);
  client.pass_alive(58s);
  EXPECT_FALSE(client.closed);
  client.pass_alive(2s);
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4503u);
}

TEST_F(session_test, a_wall_clock_set_back_keeps_the_token_as_long_as_its_time_says) {
  client.sign_in("ann", timestamp{client.now().wall.value + 100'000'000});
  client.pass_alive(50s);
  client.set_wall_forward(-50s);
  client.pass_alive(99'900ms);
  EXPECT_FALSE(client.closed);
  client.pass_alive(200ms);
  EXPECT_TRUE(client.closed);
}

// S1.28
TEST_F(session_test, closes_after_32_bad_frames_in_a_row_and_not_after_31) {
  client.sign_in("ann");
  for (int i = 0; i < 31; ++i) client.text("rubbish");
  client.text(R"({"type":"ping"})");
  for (int i = 0; i < 31; ++i) client.text(R"({"type":"nonsense"})");
  EXPECT_FALSE(client.closed);
  client.text("null");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 4506u);
}

TEST_F(session_test, an_empty_message_and_an_empty_line_are_nothing) {
  client.sign_in("ann");
  for (int i = 0; i < 100; ++i)
    for (const char* nothing : {"", "\n", " \t\r\n", "\n\n \n"}) client.text(nothing);
  EXPECT_TRUE(client.said().empty());
  EXPECT_FALSE(client.closed);
  client.text("\n\r\n{\"type\":\"ping\"}\n \n\n{\"type\":\"ping\"}\r\n\n");
  EXPECT_EQ(client.said().size(), 2u);
}

TEST_F(session_test, a_command_with_a_bad_field_is_no_bad_frame) {
  client.sign_in("ann");
  for (int i = 0; i < 100; ++i) client.text(R"({"type":"send","id":1})");
  EXPECT_FALSE(client.closed);
  EXPECT_EQ(field(client.said().back(), "code"), "missing_fields");
}

// A client of the whole protocol reports what it received, on a server of any version.
TEST_F(session_test, a_command_that_is_not_served_is_no_bad_frame) {
  client.sign_in("ann");
  shard.limits.command.features.reactions = false;
  for (const char* type :
       {"received", "read", "typing", "who", "react", "room", "thread", "receipts"}) {
    for (int i = 0; i < 32; ++i) client.text(R"({"type":")" + std::string(type) + "\"}");
    EXPECT_EQ(field(client.said().back(), "code"), "unknown_type");
  }
  EXPECT_FALSE(client.closed);
}

TEST_F(session_test, closes_on_a_binary_message) {
  client.sign_in("ann");
  client.of().on_binary();
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->first, 1003u);
}

TEST_F(session_test, takes_several_objects_of_one_message_in_order) {
  client.sign_in("ann");
  client.text("{\"type\":\"ping\",\"id\":1}\n\n{\"type\":\"ping\",\"id\":\"b\"}\n");
  const auto said = client.said();
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0], R"({"type":"pong","id":1})");
  EXPECT_EQ(said[1], R"({"type":"pong","id":"b"})");
}

// S1.41
TEST_F(session_test, a_command_of_later_versions_is_an_unknown_type) {
  client.sign_in("ann");
  for (const char* type : {"room", "received", "read", "typing"}) {
    client.text(std::string(R"({"type":")") + type + R"(","id":7,"room":"r"})");
    const auto said = client.said();
    EXPECT_EQ(field(said.back(), "code"), "unknown_type") << type;
    EXPECT_EQ(field(said.back(), "id"), "7");
  }
}

// S3.15
TEST_F(session_test, a_send_is_acked_with_its_id_cid_and_place) {
  client.sign_in("ann");
  shard.world.create("default/r", "ann");
  client.text(R"({"type":"send","id":1,"room":"r","cid":"cid-2","text":"hi"})");
  ASSERT_EQ(client.submitted.size(), 1u);
  EXPECT_TRUE(client.said().empty());
  shard.world.post("default/r", "ann", "hi");
  client.acked(shard.world.ack_of("default/r", seq_no{2}));
  EXPECT_EQ(client.said().back(),
            R"({"type":"ack","id":1,"room":"r","cid":"cid-2","seq":2,"offset":2,)"
            R"("ts":"2023-11-14T22:13:20.002000Z","duplicate":false})");
}

// S0.29, S3.13, conflict 6: the bucket and when to come again
TEST_F(session_test, an_answer_at_once_and_a_refusal_carry_id_and_cid) {
  client.sign_in("ann");
  auto limited = make_client_error(error_code::rate_limited);
  limited.retry_after_ms = 250;
  limited.limit = "user_per_second";
  client.answer_at_once = limited;
  client.text(R"({"type":"send","id":"x","room":"r","cid":"c9","text":"hi"})");
  const auto said = client.said();
  EXPECT_EQ(said.back(), R"({"type":"error","id":"x","cid":"c9","code":"rate_limited",)"
                         R"("message":"Rate limit exceeded","temporary":true,)"
                         R"("retry_after_ms":250,"limit":"user_per_second"})");
}

TEST_F(session_test, reads_no_further_with_the_most_commands_undecided) {
  shard.limits.commands_in_flight_max = 2;
  client.sign_in("ann");
  std::string message;
  for (int i = 1; i <= 4; ++i)
    message += R"({"type":"send","room":"r","cid":"c)" + std::to_string(i) +
               R"(","text":"x"})"
               "\n";
  client.text(message);
  EXPECT_EQ(client.submitted.size(), 2u);
  EXPECT_FALSE(client.of().wants_input());
  EXPECT_EQ(shard.counters.commands_in_flight, 2u);
  EXPECT_EQ(shard.counters.held_for_commands, 1u);
  client.refused("r", error_code::not_member);
  EXPECT_EQ(client.submitted.size(), 3u);
  client.refused("r", error_code::not_member);
  EXPECT_EQ(client.submitted.size(), 4u);
  EXPECT_FALSE(client.of().wants_input());
  EXPECT_EQ(shard.counters.held_for_commands, 3u);
  client.refused("r", error_code::not_member);
  EXPECT_TRUE(client.of().wants_input());
}

// It was being read when the connection came to its bound.
TEST_F(session_test, a_message_that_comes_while_another_is_held_follows_it_as_one_of_its_own) {
  shard.limits.commands_in_flight_max = 1;
  client.sign_in("ann");
  const std::string send = R"({"type":"send","room":"r","cid":"c","text":"x"})";
  client.text(send + '\n' + send);
  client.text(R"({"type":"ping","id":1})");
  client.refused("r", error_code::not_member);
  EXPECT_EQ(client.submitted.size(), 2u);
  client.refused("r", error_code::not_member);
  EXPECT_EQ(client.said().back(), R"({"type":"pong","id":1})");
}

TEST_F(session_test, a_session_that_is_closed_leaves_its_rooms_at_once) {
  shard.world.create("default/r", "ann");
  client.sign_in("ann");
  client.text(R"({"type":"subscribe","room":"r"})");
  client.of().on_binary();
  EXPECT_EQ(shard.counters.subscriptions, 0u);
  EXPECT_EQ(shard.rooms.rooms(), 0u);
}

TEST_F(session_test, reads_no_further_while_too_many_replies_wait) {
  shard.limits.output_bytes_max = 100;
  client.sign_in("ann");
  shard.counters.held_for_output = 0;  // hello was longer than that
  std::string pings;
  for (int i = 0; i < 100; ++i) pings += "{\"type\":\"ping\"}\n";
  client.text(pings);
  EXPECT_FALSE(client.of().wants_input());
  EXPECT_EQ(shard.counters.held_for_output, 1u);
  std::size_t pongs = 0;
  for (int i = 0; i < 100 && pongs < 100; ++i) {
    const auto said = client.said().size();
    EXPECT_LT(said, 10u);
    pongs += said;
    client.take_turns();
  }
  EXPECT_EQ(pongs, 100u);
  EXPECT_TRUE(client.of().wants_input());
}

TEST_F(session_test, drain_is_said_with_the_time_left) {
  client.sign_in("ann");
  client.of().on_drain(1500ms);
  EXPECT_EQ(client.said().back(), R"({"type":"drain","after_ms":1500})");
}

TEST_F(session_test, options_and_unsubscribe_are_answered_ok_only_with_an_id) {
  client.sign_in("ann");
  client.text(R"({"type":"options","id":1,"echo":true})");
  client.text(R"({"type":"options","echo":false})");
  client.text(R"({"type":"unsubscribe","id":2,"room":"r"})");
  client.text(R"({"type":"unsubscribe","room":"r"})");
  EXPECT_EQ(client.said(),
            (std::vector<std::string>{R"({"type":"ok","id":1})", R"({"type":"ok","id":2})"}));
}

// S1.5
TEST_F(session_test, nothing_is_left_behind_by_a_session_that_ends) {
  shard.world.create("default/r", "ann");
  client.sign_in("ann");
  client.text(R"({"type":"subscribe","room":"r","after_seq":0})");
  client.text(R"({"type":"send","room":"r","cid":"c","text":"x"})");
  EXPECT_EQ(shard.counters.sessions, 1u);
  EXPECT_EQ(shard.rooms.rooms(), 1u);
  client.drop();
  EXPECT_EQ(shard.counters.sessions, 0u);
  EXPECT_EQ(shard.counters.subscriptions, 0u);
  EXPECT_EQ(shard.counters.commands_in_flight, 0u);
  EXPECT_EQ(shard.rooms.rooms(), 0u);
  EXPECT_EQ(shard.rooms.tail_bytes(), 0u);
}

}  // namespace
}  // namespace roomlog::testing
