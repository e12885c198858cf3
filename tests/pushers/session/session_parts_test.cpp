// The parts of a session, each alone: identity, replies, held reads, turns, undecided commands.
#include <gtest/gtest.h>

#include "pushers/session/command_turns.h"
#include "pushers/session/held_reads.h"
#include "pushers/session/session_identity.h"
#include "pushers/session/undecided_commands.h"
#include "schemas/protocol/close_codes.h"
#include "tests/pushers/session/output_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

struct identity_test : ::testing::Test {
  std::optional<session_end> token(const std::string& user, timestamp expires = {}) {
    principal who;
    who.user = user;
    who.expires = expires;
    return identity.on_token(who, client.time);
  }
  timestamp in(std::chrono::microseconds time) const {
    return timestamp{client.time.wall.value + time.count()};
  }
  shard_rig shard;
  output_rig client{shard};
  session_identity identity{client.replies, client.time};
};

TEST_F(identity_test, a_good_token_makes_it_known_and_is_answered_with_the_commands_id) {
  identity.begin("7");
  EXPECT_TRUE(identity.is_verifying());
  EXPECT_FALSE(token("ann"));
  EXPECT_EQ(identity.who().user, "ann");
  EXPECT_EQ(client.said_one(), R"({"type":"authenticated","id":7,"user":"ann"})");
  EXPECT_EQ(shard.counters.sessions, 1u);
  EXPECT_EQ(identity.due(), never);
}

TEST_F(identity_test, a_verdict_that_was_not_asked_for_changes_nothing) {
  EXPECT_FALSE(token("ann"));
  EXPECT_FALSE(identity.is_known());
  EXPECT_TRUE(client.said().empty());
}

TEST_F(identity_test, a_bad_token_is_told_and_ends_the_session) {
  identity.begin("1");
  const auto end = identity.on_token(
      token_refusal{make_client_error(error_code::token_signature), 4502}, client.time);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 4502);
  EXPECT_EQ(end->reason, "token_signature");
  EXPECT_EQ(field(client.said_one(), "code"), "token_signature");
}

TEST_F(identity_test, a_connection_without_a_token_ends_in_time_but_not_while_one_is_verified) {
  client.pass(shard.times.auth - 1us);
  EXPECT_FALSE(identity.on_tick(client.time));
  client.pass(1us);
  identity.begin({});
  EXPECT_EQ(identity.due(), never);
  EXPECT_FALSE(identity.on_tick(client.time));
  EXPECT_FALSE(token("ann"));
  session_identity other(client.replies, client.time);
  client.pass(shard.times.auth);
  EXPECT_LE(other.due(), client.time.steady);
  const auto end = other.on_tick(client.time);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, close_codes::no_token);
}

TEST_F(identity_test, a_token_of_another_user_is_refused_and_changes_nothing) {
  identity.begin({});
  (void)token("ann");
  (void)client.said();
  identity.begin("2");
  EXPECT_FALSE(token("bob"));
  EXPECT_EQ(identity.who().user, "ann");
  EXPECT_FALSE(identity.is_verifying());
  EXPECT_EQ(field(client.said_one(), "code"), "token_claims");
}

TEST_F(identity_test, the_end_of_a_token_is_told_a_minute_before_and_then_ends_the_session) {
  identity.begin({});
  (void)token("ann", in(10min));
  (void)client.said();
  client.pass(9min - 1us);
  EXPECT_FALSE(identity.on_tick(client.time));
  EXPECT_TRUE(client.said().empty());
  client.pass(1us);
  EXPECT_FALSE(identity.on_tick(client.time));
  EXPECT_EQ(field(client.said_one(), "type"), "token_expiring");
  client.pass(1min);
  const auto end = identity.on_tick(client.time);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, close_codes::token_expired);
}

struct replies_test : ::testing::Test {
  void refuse(error_code code) { client.replies.refuse("1", make_client_error(code)); }
  shard_rig shard;
  output_rig client{shard};
};

TEST_F(replies_test, refusals_are_counted_by_code) {
  refuse(error_code::not_member);
  EXPECT_EQ(shard.counters.refusals[static_cast<std::size_t>(error_code::not_member)], 1u);
  EXPECT_EQ(field(client.said_one(), "code"), "not_member");
}

TEST_F(replies_test, as_many_refusals_for_a_rate_as_a_turn_allows_begin_a_pause) {
  for (std::uint32_t i = 1; i < refusals_per_turn; ++i) refuse(error_code::rate_limited);
  refuse(error_code::not_member);  // counts for no rate
  EXPECT_FALSE(client.replies.pauses());
  refuse(error_code::rate_limited);
  EXPECT_TRUE(client.replies.pauses());
  EXPECT_EQ(client.replies.pause_ends(), client.time.steady + refusals_pause);
  EXPECT_EQ(shard.counters.turns_cut, 1u);
  client.replies.begin_turn();
  EXPECT_FALSE(client.replies.pauses());
  EXPECT_EQ(client.replies.pause_ends(), never);
}

TEST_F(replies_test, an_output_that_becomes_full_is_counted_once_until_it_is_sent) {
  shard.limits.output_bytes_max = 100;
  client.replies.send_text(std::string(200, 'x'));
  client.replies.send_text(std::string(200, 'x'));
  EXPECT_EQ(shard.counters.held_for_output, 1u);
  (void)client.said();
  client.replies.send_text(std::string(200, 'x'));
  EXPECT_EQ(shard.counters.held_for_output, 2u);
}

pending_read read_of(const std::string& room, std::chrono::microseconds deadline = 0us) {
  history_command what;
  what.id = '"' + room + '"';
  what.room = room;
  return {std::move(what), deadline};
}

pending_read subscribe_to(const std::string& room) {
  subscribe_command what;
  what.room = room;
  return {std::move(what), 0us};
}

TEST(held_reads, a_read_comes_behind_those_of_its_room_that_came_before) {
  held_reads held;
  const auto fresh = read_of("a");
  EXPECT_FALSE(held.has_earlier("a", fresh));
  held.add(read_of("a"));
  held.add(read_of("b"));
  held.add(read_of("a"));
  EXPECT_TRUE(held.has_earlier("a", fresh));
  std::vector<bool> earlier;
  held.retry([&](const pending_read& read) {
    earlier.push_back(held.has_earlier(room_of(read.what), read));
    return read_outcome::held;
  });
  EXPECT_EQ(earlier, (std::vector<bool>{false, false, true}));
}

TEST(held_reads, those_that_are_done_go_and_the_others_keep_their_order) {
  held_reads held;
  for (const char* room : {"a", "b", "c"}) held.add(read_of(room));
  held.retry([](const pending_read& read) {
    return room_of(read.what) == "b" ? read_outcome::done : read_outcome::held;
  });
  std::string left;
  held.retry([&](const pending_read& read) {
    left += room_of(read.what);
    return read_outcome::held;
  });
  EXPECT_EQ(left, "ac");
}

TEST(held_reads, an_answer_reaches_the_read_that_asked_for_it) {
  held_reads held;
  for (const char* room : {"a", "b"}) {
    auto read = read_of(room);
    read.level_ticket = held.next_ticket();
    read.cursor_ticket = held.next_ticket();
    held.add(std::move(read));
  }
  found_cursor found;
  found.ticket = 2;
  held.on_cursor(found);
  held.on_level(3);
  std::string told;
  held.retry([&](const pending_read& read) {
    told += std::string(room_of(read.what)) + (read.level == fold_level::reached ? " level" : "") +
            (read.cursor ? " cursor" : "") + ';';
    return read_outcome::held;
  });
  EXPECT_EQ(told, "a cursor;b level;");
}

TEST(held_reads, a_subscribe_is_taken_out_by_its_room) {
  held_reads held;
  held.add(read_of("a"));
  held.add(subscribe_to("b"));
  EXPECT_FALSE(held.take_subscribe("a"));
  EXPECT_TRUE(held.take_subscribe("b"));
  EXPECT_EQ(held.count(), 1u);
}

TEST(held_reads, those_whose_time_is_over_are_named_and_go) {
  held_reads held;
  EXPECT_EQ(held.due(), never);
  held.add(read_of("a", 5us));
  held.add(read_of("b", 3us));
  EXPECT_EQ(held.due(), 3us);
  EXPECT_EQ(held.take_expired({3us, {}}), std::vector<command_id>{"\"b\""});
  EXPECT_EQ(held.count(), 1u);
  EXPECT_EQ(held.due(), 5us);
}

TEST(command_turns, a_message_is_taken_line_by_line_without_the_blank_ones) {
  command_turns turns;
  std::string_view message = "a\n\n \t\nb\nc";
  std::string taken;
  while (!message.empty()) taken += std::string(turns.take(message)) + '|';
  EXPECT_EQ(taken, "a|||b|c|");
}

TEST(command_turns, a_turn_ends_by_number_or_by_bytes) {
  command_turns turns;
  const auto take = [&](std::string_view line) { (void)turns.take(line); };
  for (std::uint32_t i = 1; i < commands_per_turn; ++i) take("x");
  take(" ");
  EXPECT_FALSE(turns.over());
  take("x");
  EXPECT_TRUE(turns.over());
  turns.begin();
  EXPECT_FALSE(turns.over());
  take(std::string(command_bytes_per_turn - 1, 'x'));
  EXPECT_FALSE(turns.over());
  take("x");
  EXPECT_TRUE(turns.over());
}

TEST(command_turns, what_is_kept_is_taken_once_with_what_was_added) {
  command_turns turns;
  turns.keep("a");
  turns.add("b");
  EXPECT_TRUE(turns.keeps_message());
  EXPECT_EQ(turns.take_kept(), "a\nb");
  EXPECT_FALSE(turns.keeps_message());
}

TEST(undecided_commands, each_command_of_a_room_counts_and_a_direct_room_has_no_name_yet) {
  undecided_commands undecided;
  undecided.add("a");
  undecided.add("a");
  undecided.add("");
  EXPECT_EQ(undecided.count(), 3u);
  undecided.remove("a");
  EXPECT_TRUE(undecided.has("a"));
  undecided.remove("a");
  EXPECT_FALSE(undecided.has("a"));
  undecided.remove("dm:ann:bob");  // the name that it was given
  EXPECT_EQ(undecided.count(), 0u);
}

}  // namespace
}  // namespace roomlog::testing
