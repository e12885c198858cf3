// The way of a command through checks, log and fold to its one answer, when nothing breaks.
#include <gtest/gtest.h>

#include "ingress/pending_set.h"
#include "schemas/codec.h"
#include "tests/ingress/pipeline_world.h"

namespace roomlog {
namespace {

using namespace std::chrono_literals;
using namespace roomlog::test;

class pipeline : public testing::Test {
 protected:
  void begin(ingress_options options = {}, world_options with = {}) {
    world_ = std::make_unique<world>(with);
    world_->add_gateway(options);
    world_->start();
    ASSERT_TRUE(gw().wait_ready());
  }
  // With a public room "r" that ann owns.
  void begin_with_room(ingress_options options = {}) {
    begin(options);
    ASSERT_EQ(kind_of(ask(R"({"type":"create","id":"room","room":"r","public":true})")), "ack");
    world_->wait_folded();
  }
  gateway& gw() { return world_->gw(); }
  command_outcome ask(std::string_view json, const char* name = "ann", std::uint64_t from = 1) {
    return world_->ask(json, name, from);
  }
  std::string message(int n, std::string_view more = "") {
    const auto id = std::to_string(n);
    return R"({"type":"send","id":)" + id + R"(,"room":"r","cid":"c)" + id + R"(","text":"t")" +
           std::string(more) + "}";
  }
  // The refusal that must come at once.
  client_error refused(std::string_view json, const char* name = "ann", std::uint64_t from = 1) {
    world_->wait_folded();
    auto now = world_->send(json, name, from);
    if (now && std::holds_alternative<client_error>(*now)) return std::get<client_error>(*now);
    ADD_FAILURE() << "not refused at once: " << json;
    return {};
  }
  error_code refused_now(std::string_view json, const char* name, std::uint64_t from) {
    const auto now = world_->send(json, name, from);
    const auto* refused = now ? std::get_if<client_error>(&*now) : nullptr;
    return refused != nullptr ? refused->code : error_code::internal;
  }
  // Sends something that is in the log and that the fold, which stands still, has not decided.
  void get_ahead_of_fold(std::string_view json, const char* name) {
    const auto before = world_->events().bounds(partition_id{0}).end;
    EXPECT_FALSE(world_->send(json, name, 9));
    EXPECT_TRUE(eventually([&] { return world_->events().bounds(partition_id{0}).end > before; }));
  }
  // With ticks, for an answer that comes with one.
  std::string later_answer(const char* id) {
    EXPECT_TRUE(eventually([&] {
      gw().tick();
      return gw().answers_to(id) != 0;
    }));
    return kind_of(gw().wait_answer(id));
  }

  std::unique_ptr<world> world_;
};

// S3.15
TEST_F(pipeline, an_accepted_command_is_acknowledged_with_its_place) {
  begin_with_room();
  const auto answer = ask(message(1));
  const auto& ack = ack_of(answer);
  EXPECT_EQ(ack.room, "r");
  EXPECT_EQ(ack.cid, "c1");
  EXPECT_EQ(ack.seq, seq_no{2});
  EXPECT_EQ(ack.at, offset{3});  // after descriptor, fence and creation
  EXPECT_FALSE(ack.duplicate);
  EXPECT_GE(ack.ts, world_->clock().now());
  EXPECT_EQ(gw().in().stats().accepted, 2u);
}

TEST_F(pipeline, a_cid_is_made_where_the_client_gave_none) {
  begin_with_room();
  const auto answer = ask(R"({"type":"create","id":1,"room":"a"})");
  const std::string cid = ack_of(answer).cid;
  ASSERT_EQ(cid.size(), 36u);
  EXPECT_EQ(cid[14], '4');
  EXPECT_NE(std::string("89ab").find(cid[19]), std::string::npos);
  EXPECT_NE(ack_of(ask(R"({"type":"create","id":2,"room":"b"})")).cid, cid);
}

// S2.2.4.3, S2.2.4.4, S2.3.3.2, S3.4, S3.14, conflict 4
TEST_F(pipeline, a_retry_of_a_decided_command_is_answered_at_once_and_costs_nothing) {
  ingress_options options;
  options.user_per_second = 2;
  begin_with_room(options);
  const auto first = ack_of(ask(message(1)));
  (void)ask(message(2));
  EXPECT_EQ(refused(message(3)).code, error_code::rate_limited);
  const auto before = world_->events().appended_commands();
  for (int i = 0; i < 5; ++i) {
    const auto again = world_->send(message(1), "ann", 7);
    ASSERT_TRUE(again);
    EXPECT_EQ(kind_of(*again), "duplicate");
    EXPECT_EQ(ack_of(*again).seq, first.seq);
    EXPECT_EQ(ack_of(*again).at, first.at);
    EXPECT_EQ(ack_of(*again).ts, first.ts);
  }
  EXPECT_EQ(world_->events().appended_commands(), before);
}

// Golden: what carries the command is no part of it.
TEST_F(pipeline, another_trace_context_makes_no_other_command) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto send_with = [&](const std::string& context, const char* id, std::uint64_t from) {
    auto command = parse(R"({"type":"send","room":"r","cid":"c","text":"t"})");
    command.id = id;
    command.traceparent = context;
    return gw().in().submit({0, from}, user("ann"), std::move(command));
  };
  begin_with_room();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(send_with(trace, "1", 1));
  EXPECT_FALSE(send_with("", "2", 2)) << "the same command, in flight";
  EXPECT_EQ(world_->events().held(), 1u);
  world_->events().release();
  const auto first = gw().wait_answer("1");
  EXPECT_EQ(kind_of(first), "ack");
  EXPECT_EQ(kind_of(gw().wait_answer("2")), "duplicate");
  const auto again = send_with("00-11111111111111111111111111111111-1111111111111111-00", "3", 3);
  ASSERT_TRUE(again);
  EXPECT_EQ(kind_of(*again), "duplicate");
  const auto batch = world_->events().read(partition_id{0}, ack_of(first).at, 1).value();
  const auto kept = decode((*batch)[0].value);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->traceparent, trace);
}

// conflict 15, conflict 16: one user in one room
TEST_F(pipeline, a_used_cid_with_other_content_is_a_conflict) {
  begin_with_room();
  const auto seq = ack_of(ask(message(1))).seq;
  const auto conflict = refused(R"({"type":"send","id":9,"room":"r","cid":"c1","text":"other"})");
  EXPECT_EQ(conflict.code, error_code::cid_conflict);
  EXPECT_EQ(conflict.seq, seq);
  // Over all kinds of commands; but of one user in one room only.
  EXPECT_EQ(refused(R"({"type":"leave","room":"r","cid":"c1"})").code, error_code::cid_conflict);
  ASSERT_EQ(kind_of(ask(R"({"type":"join","id":"j","room":"r","cid":"c1"})", "bob", 2)), "ack");
}

// S2.2.4.5
TEST_F(pipeline, the_same_command_in_flight_waits_for_the_same_verdict) {
  begin_with_room();
  const auto before = world_->events().appended_commands();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(1), "ann", 1));
  EXPECT_FALSE(
      world_->send(R"({"id":"again","text":"t","type":"send","room":"r","cid":"c1"})", "ann", 2));
  EXPECT_EQ(world_->events().held(), 1u);
  world_->events().release();
  const auto first = gw().wait_answer("1"), second = gw().wait_answer("\"again\"");
  EXPECT_EQ(kind_of(first), "ack");
  EXPECT_EQ(kind_of(second), "duplicate");
  EXPECT_EQ(ack_of(first).seq, ack_of(second).seq);
  EXPECT_EQ(world_->events().appended_commands(), before + 1);
}

TEST_F(pipeline, other_content_under_a_cid_in_flight_is_left_to_the_log) {
  begin_with_room();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(1), "ann", 1));
  EXPECT_FALSE(world_->send(R"({"id":5,"text":"u","type":"send","room":"r","cid":"c1"})", "ann"));
  world_->events().release();
  EXPECT_EQ(kind_of(gw().wait_answer("1")), "ack");
  const auto second = gw().wait_answer("5");
  ASSERT_EQ(kind_of(second), "cid_conflict");
  EXPECT_EQ(std::get<client_error>(second).seq, ack_of(gw().wait_answer("1")).seq);
}

// S2.2.4.5, conflict 13
TEST_F(pipeline, two_gateways_with_one_command_accept_it_once) {
  world_ = std::make_unique<world>();
  world_->add_gateway();
  world_->add_gateway();
  world_->start();
  ASSERT_TRUE(world_->gw(0).wait_ready());
  ASSERT_TRUE(world_->gw(1).wait_ready());
  (void)ask(R"({"type":"create","id":"room","room":"r"})");
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(1), "ann", 1, 0));
  EXPECT_FALSE(world_->send(message(1), "ann", 1, 1));
  EXPECT_EQ(world_->events().held(), 2u);
  world_->events().release();
  const auto one = world_->gw(0).wait_answer("1"), other = world_->gw(1).wait_answer("1");
  EXPECT_EQ(ack_of(one).seq, ack_of(other).seq);
  EXPECT_EQ(ack_of(one).at, ack_of(other).at);
  EXPECT_NE(ack_of(one).duplicate, ack_of(other).duplicate);
}

TEST_F(pipeline, create_join_and_send_at_once_are_accepted_in_their_order) {
  world_ = std::make_unique<world>();
  world_->add_gateway();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });  // the fence too
  world_->start();
  EXPECT_FALSE(world_->send(R"({"type":"create","id":1,"room":"r","public":true})", "ann", 1));
  EXPECT_FALSE(world_->send(R"({"type":"join","id":2,"room":"r"})", "bob", 1));
  EXPECT_FALSE(
      world_->send(R"({"type":"send","cid":"s3","id":3,"room":"r","text":"hi"})", "bob", 1));
  EXPECT_FALSE(gw().in().ready());
  ASSERT_TRUE(eventually([&] { return world_->events().held() == 1; }));
  world_->events().release();
  EXPECT_EQ(ack_of(gw().wait_answer("1")).seq, seq_no{1});
  EXPECT_EQ(ack_of(gw().wait_answer("2")).seq, seq_no{2});
  EXPECT_EQ(ack_of(gw().wait_answer("3")).seq, seq_no{3});
  EXPECT_TRUE(gw().in().ready());
}

TEST_F(pipeline, pipelined_commands_are_not_refused_by_a_state_that_is_behind) {
  begin();
  for (int round = 0; round < 200; ++round) {
    const auto room = "room" + std::to_string(round);
    const auto with = [&](const char* what, int n) {
      return R"({"type":")" + std::string(what) + R"(","room":")" + room + R"(","id":)" +
             std::to_string(round * 4 + n) + R"(,"cid":"c)" + std::to_string(n) +
             R"(","public":true,"text":"t"})";
    };
    EXPECT_FALSE(world_->send(with("create", 0), "ann", 1));
    EXPECT_FALSE(world_->send(with("join", 1), "bob", 1));
    const auto fast = principal{"default", "bob", "", "", false, false, true, {}, {}, ""};
    EXPECT_FALSE(world_->send(with("send", 2), fast, 1));
    EXPECT_FALSE(world_->send(with("leave", 3), "bob", 1));
  }
  for (const auto& answer : gw().wait_answers(800)) EXPECT_EQ(kind_of(answer.outcome), "ack");
}

// S2.3.4.2, S3.26, S3.29
TEST_F(pipeline, refusals_by_room_come_at_once_when_nothing_is_undecided) {
  begin_with_room();
  (void)ask(R"({"type":"create","id":"p","room":"private"})");
  (void)ask(R"({"type":"join","id":"j","room":"r"})", "bob", 2);
  (void)ask(R"({"type":"role","id":"ro","room":"r","user":"bob","role":"reader"})");
  world_->wait_folded();
  const auto before = world_->events().appended_commands();
  EXPECT_EQ(refused(R"({"type":"send","cid":"s","room":"nowhere","text":"t"})").code,
            error_code::unknown_room);
  EXPECT_EQ(refused(R"({"type":"send","cid":"s","room":"private","text":"t"})", "bob").code,
            error_code::unknown_room);
  EXPECT_EQ(refused(R"({"type":"join","room":"private"})", "bob").code, error_code::unknown_room);
  EXPECT_EQ(refused(message(1), "eve").code, error_code::not_member);
  EXPECT_EQ(refused(R"({"type":"leave","room":"r"})", "eve").code, error_code::not_member);
  const auto reader = refused(message(1), "bob");
  EXPECT_EQ(reader.code, error_code::no_permission);
  EXPECT_EQ(reader.message, "No write permission in this channel");
  EXPECT_EQ(refused(R"({"type":"kick","room":"r","user":"ann"})", "bob").code,
            error_code::no_permission);
  EXPECT_EQ(refused(R"({"type":"create","room":"r"})", "bob").code, error_code::room_exists);
  EXPECT_EQ(world_->events().appended_commands(), before);
  const principal elsewhere{"other", "ann", "", "", false, false, false, {}, {}, ""};
  const auto other_tenant = world_->send(message(1), elsewhere, 9);
  ASSERT_TRUE(other_tenant);
  EXPECT_EQ(kind_of(*other_tenant), "unknown_room");
}

TEST_F(pipeline, refusals_by_room_come_from_the_log_while_something_is_undecided) {
  begin_with_room();
  (void)ask(R"({"type":"join","id":"j","room":"r"})", "bob", 2);
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(R"({"type":"kick","id":1,"room":"r","user":"bob"})", "ann", 1));
  EXPECT_FALSE(
      world_->send(R"({"type":"send","cid":"s2","id":2,"room":"r","text":"t"})", "bob", 1));
  EXPECT_FALSE(
      world_->send(R"({"type":"role","id":3,"room":"r","user":"eve","role":"admin"})", "ann", 1));
  EXPECT_FALSE(world_->send(
      R"({"type":"send","cid":"s4","id":4,"room":"r","text":"t","reply_to":1})", "ann"));
  EXPECT_FALSE(world_->send(
      R"({"type":"send","cid":"s5","id":5,"room":"r","text":"t","after_cid":"x"})", "ann"));
  EXPECT_FALSE(world_->send(R"({"type":"create","id":6,"room":"r"})", "bob"));
  EXPECT_FALSE(world_->send(R"({"type":"join","id":7,"room":"nowhere"})", "bob"));
  world_->events().release();
  EXPECT_EQ(kind_of(gw().wait_answer("1")), "ack");
  EXPECT_EQ(kind_of(gw().wait_answer("2")), "not_member");
  EXPECT_EQ(std::get<client_error>(gw().wait_answer("3")).message,
            "user: must be a member of this room");
  EXPECT_EQ(std::get<client_error>(gw().wait_answer("4")).message,
            "reply_to: must be the seq of a message that is not deleted");
  EXPECT_EQ(kind_of(gw().wait_answer("5")), "predecessor_missing");
  EXPECT_EQ(kind_of(gw().wait_answer("6")), "room_exists");
  EXPECT_EQ(kind_of(gw().wait_answer("7")), "unknown_room");
}

TEST_F(pipeline, a_seq_that_names_no_message_is_refused_with_its_field) {
  begin_with_room();
  EXPECT_EQ(kind_of(ask(message(2))), "ack");
  const auto refusal = [&](int n, std::string_view fields) {
    const auto answer = ask(message(n, fields));
    EXPECT_EQ(kind_of(answer), "invalid_field") << fields;
    return std::get<client_error>(answer).message;
  };
  EXPECT_EQ(refusal(3, R"(,"thread":3)"), "thread is beyond the head, which is 2");
  EXPECT_EQ(refusal(4, R"(,"thread":2,"reply_to":9)"), "reply_to is beyond the head, which is 2");
  EXPECT_EQ(refusal(5, R"(,"thread":1,"reply_to":2)"),
            "thread, reply_to: must be the seq of a message that is not deleted");
  EXPECT_EQ(kind_of(ask(message(6, R"(,"thread":2,"reply_to":2)"))), "ack");
}

TEST_F(pipeline, refusals_by_room_come_from_the_log_while_the_fold_is_behind_it) {
  begin_with_room();
  world_->pause_fold();
  EXPECT_FALSE(world_->send(message(9), "ann"));
  ASSERT_TRUE(eventually(
      [&] { return world_->fold().find_command("default/r", "ann", "c9").has_value(); }));
  const auto before = world_->events().bounds(partition_id{0}).end;
  EXPECT_FALSE(world_->send(R"({"type":"join","id":1,"room":"r"})", "bob", 2));
  ASSERT_TRUE(eventually([&] { return world_->events().bounds(partition_id{0}).end > before; }));
  // He joined on another connection, perhaps of another gateway, and knows it.
  EXPECT_FALSE(
      world_->send(R"({"type":"send","cid":"s2","id":2,"room":"r","text":"t"})", "bob", 3));
  world_->resume_fold();
  EXPECT_EQ(kind_of(gw().wait_answer("1")), "ack");
  EXPECT_EQ(kind_of(gw().wait_answer("2")), "ack");
}

TEST_F(pipeline, a_verdict_that_is_on_its_way_answers_a_retry_too) {
  begin_with_room();
  world_->pause_fold();
  EXPECT_FALSE(world_->send(message(1), "ann"));
  ASSERT_TRUE(eventually(
      [&] { return world_->fold().find_command("default/r", "ann", "c1").has_value(); }));
  EXPECT_FALSE(world_->send(message(1), "ann", 2));
  world_->resume_fold();
  const auto answers = gw().wait_answers(3);  // with that of the creation
  EXPECT_EQ(kind_of(answers[1].outcome), "ack");
  EXPECT_EQ(kind_of(answers[2].outcome), "duplicate");
}

// S2.3.4.4, S3.30: 10 pass, the 11th does not; conflict 6
TEST_F(pipeline, messages_are_limited_per_user_and_refusals_cost_nothing) {
  begin_with_room();
  (void)ask(R"({"type":"join","id":"j","room":"r"})", "bob", 2);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(kind_of(ask(message(i))), "ack");
  for (int i = 0; i < 20; ++i) {
    const auto over = refused(message(100 + i), "ann", 3);
    EXPECT_EQ(over.code, error_code::rate_limited);
    EXPECT_EQ(over.message, "Rate limit exceeded");
    EXPECT_EQ(over.limit, "user_per_second");
    EXPECT_EQ(over.retry_after_ms, 1000u);
  }
  EXPECT_EQ(kind_of(ask(message(200), "bob", 2)), "ack");
  EXPECT_EQ(kind_of(ask(R"({"type":"invite","id":"i","room":"r","user":"eve"})")), "ack");
  world_->clock().advance(1s);
  EXPECT_EQ(kind_of(ask(message(300))), "ack");
  auto unlimited = user("bob");
  unlimited.unlimited = true;
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(world_->send(message(400 + i), unlimited, 2));
  EXPECT_EQ(kind_of(gw().wait_answer("449")), "ack");
}

TEST_F(pipeline, what_the_log_refuses_costs_no_rate) {
  ingress_options options;
  options.user_per_second = 2;
  begin_with_room(options);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(kind_of(ask(message(i, R"(,"after_cid":"never")"))), "predecessor_missing");
  }
  EXPECT_EQ(kind_of(ask(message(10))), "ack");
  EXPECT_EQ(kind_of(ask(message(11))), "ack");
  EXPECT_EQ(refused(message(12)).code, error_code::rate_limited);
}

// S3.31, S3.32
TEST_F(pipeline, checks_run_in_their_order) {
  ingress_options options;
  options.user_per_second = 1;
  options.prohibited_words = {"bad"};
  begin_with_room(options);
  const auto bad = [](const char* cid) {
    return R"({"type":"send","room":"r","text":"Bad.","cid":")" + std::string(cid) + R"("})";
  };
  EXPECT_EQ(refused(bad("x1"), "eve").code, error_code::not_member);  // permission before content
  const auto content = refused(bad("x2"));
  EXPECT_EQ(content.code, error_code::prohibited_content);
  EXPECT_EQ(content.message, "Message contains prohibited content");
  EXPECT_EQ(kind_of(ask(message(1))), "ack");                    // the refused one cost nothing
  EXPECT_EQ(refused(bad("x3")).code, error_code::rate_limited);  // rate before content
  EXPECT_EQ(refused(message(2), "eve").code, error_code::not_member);
}

// S3.32: also when nobody knows at once what the room says
TEST_F(pipeline, the_room_comes_before_content_while_the_fold_is_behind_it) {
  ingress_options options;
  options.prohibited_words = {"bad"};
  begin_with_room(options);
  for (const char* who : {"bob", "eve"}) {
    ASSERT_EQ(
        kind_of(ask(R"({"type":"join","id":"in-)" + std::string(who) + R"(","room":"r"})", who, 2)),
        "ack");
  }
  const auto gives = [&](const char* who, const char* role) {
    return R"({"type":"role","room":"r","id":"role-)" + std::string(who) + R"(","user":")" + who +
           R"(","role":")" + role + R"("})";
  };
  ASSERT_EQ(kind_of(ask(gives("eve", "reader"))), "ack");
  world_->wait_folded();
  const auto before = world_->events().appended_commands();
  const auto bad = [](const char* id) {
    return R"({"type":"send","room":"r","text":"bad","cid":"b","id":)" + std::string(id) + "}";
  };
  world_->pause_fold();
  EXPECT_FALSE(world_->send(message(1), "ann"));
  ASSERT_TRUE(eventually(
      [&] { return world_->fold().find_command("default/r", "ann", "c1").has_value(); }));
  get_ahead_of_fold(R"({"type":"role","room":"r","user":"eve","role":"writer","id":7})", "ann");
  EXPECT_FALSE(world_->send(bad("10"), "eve", 3)) << "a reader, as far as is known here";
  EXPECT_FALSE(world_->send(bad("11"), "zoe", 4)) << "no member, as far as is known here";
  EXPECT_EQ(refused_now(bad("12"), "bob", 5), error_code::prohibited_content);
  EXPECT_EQ(gw().in().stats().in_flight, 4u);
  EXPECT_FALSE(world_->send(bad("13"), "zoe", 6));
  gw().in().connection_closed({0, 6});
  gw().tick();
  EXPECT_EQ(gw().answers_to("10"), 0u);
  world_->resume_fold();
  EXPECT_EQ(later_answer("10"), "prohibited_content");
  EXPECT_EQ(later_answer("11"), "not_member");
  EXPECT_EQ(gw().answers_to("13"), 0u);
  world_->wait_folded();
  EXPECT_EQ(world_->events().appended_commands(), before + 2);
  EXPECT_EQ(gw().in().stats().in_flight, 0u);
}

TEST_F(pipeline, a_room_that_stays_unknown_delays_a_refusal_by_rate_no_longer_than_an_ack) {
  ingress_options options;
  options.user_per_second = 1;
  begin_with_room(options);
  ASSERT_EQ(kind_of(ask(R"({"type":"join","id":"j","room":"r"})", "bob", 2)), "ack");
  EXPECT_EQ(kind_of(ask(message(1), "bob", 2)), "ack");
  ASSERT_EQ(kind_of(ask(R"({"type":"role","id":"ro","room":"r","user":"bob","role":"reader"})")),
            "ack");
  world_->pause_fold();
  EXPECT_FALSE(world_->send(message(2), "ann"));
  ASSERT_TRUE(eventually(
      [&] { return world_->fold().find_command("default/r", "ann", "c2").has_value(); }));
  get_ahead_of_fold(R"({"type":"join","id":"x","room":"r"})", "eve");
  EXPECT_FALSE(world_->send(message(10), "bob", 2));
  world_->clock().advance(5s);
  gw().tick();
  EXPECT_EQ(kind_of(gw().wait_answer("10")), "rate_limited");
  world_->resume_fold();
}

// S1.22, conflict 14
TEST_F(pipeline, both_sides_arrive_at_the_same_direct_room) {
  begin();
  const auto one = ack_of(ask(R"({"type":"create","id":1,"direct":true,"members":["bob"]})"));
  const auto other =
      ack_of(ask(R"({"type":"create","id":2,"direct":true,"members":["ann"]})", "bob", 2));
  EXPECT_EQ(one.room.substr(0, 3), "dm:");
  EXPECT_EQ(one.room, other.room);
  EXPECT_FALSE(one.duplicate);
  EXPECT_TRUE(other.duplicate);
  EXPECT_EQ(other.seq, seq_no{1});
  EXPECT_EQ(refused(R"({"type":"create","direct":true,"members":["ann"]})").code,
            error_code::invalid_field);
  EXPECT_EQ(refused(R"({"type":"create","direct":true,"members":["bob"],"room":"x"})").code,
            error_code::invalid_field);
  const auto named = ask(R"({"type":"create","id":3,"direct":true,"members":["bob"],"room":")" +
                         one.room + R"("})");
  EXPECT_EQ(kind_of(named), "duplicate");
  EXPECT_EQ(
      kind_of(ask(R"({"type":"send","cid":"s4","id":4,"text":"t","room":")" + one.room + R"("})",
                  "bob")),
      "ack");
}

TEST_F(pipeline, is_overloaded_when_more_than_half_of_the_bytes_in_flight_are) {
  begin_with_room({});
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(0), "ann"));
  const std::size_t one = gw().in().stats().in_flight_bytes;
  ASSERT_GT(one, 0u);
  world_->events().release();
  (void)gw().wait_answers(2);

  ingress_options options;
  options.in_flight_bytes_max = 2 * one;
  begin_with_room(options);
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(0), "ann"));
  EXPECT_FALSE(world_->send(message(1), "ann"));  // half is in flight, and not more
  EXPECT_EQ(refused(message(2)).code, error_code::overloaded);
  world_->events().release();
  (void)gw().wait_answers(3);
  EXPECT_EQ(gw().in().stats().in_flight_bytes, 0u);
}

TEST_F(pipeline, whoever_waits_for_a_command_in_flight_counts_in_the_bytes) {
  begin_with_room();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(0), "ann"));
  const std::size_t one = gw().in().stats().in_flight_bytes;
  for (std::uint64_t other = 2; other < 102; ++other) {
    EXPECT_FALSE(world_->send(message(0), "ann", other));
  }
  const std::size_t all = gw().in().stats().in_flight_bytes;
  EXPECT_GE(all - one, 100 * sizeof(command_waiter));
  EXPECT_EQ(gw().in().stats().in_flight, 1u);
  world_->events().release();
  (void)gw().wait_answers(102);  // with that of the creation
  EXPECT_EQ(gw().in().stats().in_flight_bytes, 0u);
}

TEST_F(pipeline, is_overloaded_when_more_than_half_of_what_may_be_in_flight_is) {
  ingress_options options;
  options.in_flight_max = 4;
  begin_with_room(options);
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(world_->send(message(i), "ann"));
  const auto over = refused(message(3));
  EXPECT_EQ(over.code, error_code::overloaded);
  EXPECT_TRUE(over.retry_after_ms);
  EXPECT_FALSE(world_->send(message(1), "ann", 2));  // a retry adds nothing
  world_->events().release();
  (void)gw().wait_answers(5);  // with that of the creation
  EXPECT_EQ(gw().in().stats().in_flight, 0u);
  EXPECT_EQ(gw().in().stats().in_flight_bytes, 0u);
  EXPECT_EQ(kind_of(ask(message(3))), "ack");
}

// Append times never go back, so the log's clock stays ahead of a wall clock that was set back.
TEST_F(pipeline, a_wall_clock_that_ran_ahead_and_was_set_back_refuses_nothing) {
  begin_with_room({});
  world_->clock().step(std::chrono::hours(24));
  EXPECT_EQ(kind_of(ask(message(0))), "ack");
  world_->clock().step(-std::chrono::hours(24));
  EXPECT_EQ(kind_of(ask(message(1))), "ack");
  EXPECT_EQ(gw().in().stats().clock_skews.at(0), std::chrono::hours(24));
}

// Rooms of two partitions, of which the first one's appends are held back.
class half_held_pipeline : public pipeline {
 protected:
  void begin_with_rooms(const ingress_options& options, world_options with) {
    with.partitions = 2;
    begin(options, with);
    for (const auto& room : {held, free}) {
      ASSERT_EQ(
          kind_of(ask(R"({"type":"create","room":")" + room + R"(","id":")" + room + R"("})")),
          "ack");
    }
    world_->wait_folded();
    world_->events().set_fate([this](const auto& entries) {
      return entries[0].key == "default/" + held ? append_fate::hold : append_fate::pass;
    });
  }
  std::string to(const std::string& room, int n) {
    const auto id = std::to_string(n);
    return R"({"type":"send","id":)" + id + R"(,"room":")" + room + R"(","cid":"c)" + id +
           R"(","text":"some text"})";
  }
  // Sends to the held room until it is refused; how many were taken.
  int fill_held() {
    for (int n = 0; n < 10'000; ++n) {
      const auto refused = world_->send(to(held, n), "ann");
      if (!refused) continue;
      EXPECT_EQ(kind_of(*refused), "overloaded");
      return n;
    }
    ADD_FAILURE() << "never overloaded";
    return 0;
  }
  void expect_the_other_partition_goes_on() {
    for (int n = 20'000; n < 20'100; ++n) {
      ASSERT_EQ(kind_of(ask(to(free, n))), "ack") << n;
    }
    EXPECT_EQ(kind_of(world_->send(to(held, 30'000), "ann").value()), "overloaded");
  }
  void expect_all_answered(int taken) {
    world_->events().release();
    (void)gw().wait_answers(static_cast<std::size_t>(taken) + 102);
    EXPECT_EQ(gw().in().stats().in_flight, 0u);
    EXPECT_EQ(kind_of(ask(to(held, 40'000))), "ack");
  }

  const std::string held = room_in(0, 2), free = room_in(1, 2);
};

TEST_F(half_held_pipeline, one_partition_that_stands_still_leaves_half_of_the_commands_to_others) {
  ingress_options options;
  options.in_flight_max = 64;
  options.user_per_second = options.user_per_minute = 0;
  begin_with_rooms(options, {});
  const int taken = fill_held();
  EXPECT_EQ(taken, 33);  // one more than half, as of every bound
  EXPECT_EQ(gw().in().stats().in_flight_of, (std::vector<std::size_t>{33, 0}));
  expect_the_other_partition_goes_on();
  expect_all_answered(taken);
}

TEST_F(half_held_pipeline, one_partition_that_stands_still_leaves_half_of_the_bytes_to_others) {
  ingress_options options;
  options.in_flight_bytes_max = 20'000;
  options.user_per_second = options.user_per_minute = 0;
  begin_with_rooms(options, {});
  const int taken = fill_held();
  EXPECT_LE(gw().in().stats().in_flight_bytes, 12'500u);  // one more than half
  expect_the_other_partition_goes_on();
  expect_all_answered(taken);
}

TEST_F(half_held_pipeline, one_partition_that_stands_still_leaves_half_of_the_queue_to_others) {
  ingress_options options;
  options.user_per_second = options.user_per_minute = 0;
  world_options with;
  with.append_queue_bytes_max = 20'000;
  begin_with_rooms(options, with);
  const int taken = fill_held();
  EXPECT_LE(world_->events().queued_bytes(), 12'500u);
  expect_the_other_partition_goes_on();
  expect_all_answered(taken);
}

// Each has as much as is free, so together they leave that to a third.
TEST_F(half_held_pipeline, both_partitions_together_may_have_two_thirds) {
  ingress_options options;
  options.in_flight_max = 60;
  options.user_per_second = options.user_per_minute = 0;
  begin_with_rooms(options, {});
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  int taken = 0;
  for (bool full = false; !full;) {
    full = true;
    for (const auto& room : {held, free}) {
      if (world_->send(to(room, taken), "ann")) continue;
      ++taken;
      full = false;
    }
  }
  EXPECT_GE(taken, 40);
  EXPECT_LE(taken, 42);
  world_->events().release();
  (void)gw().wait_answers(static_cast<std::size_t>(taken) + 2);
}

TEST_F(pipeline, a_full_log_is_overload_and_costs_no_rate) {
  ingress_options options;
  options.user_per_second = 1;
  begin_with_room(options);
  world_->events().set_fate([](const auto&) { return append_fate::refuse_full; });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refused(message(i)).code, error_code::overloaded);
  world_->events().set_fate(nullptr);
  EXPECT_EQ(kind_of(ask(message(0))), "ack");
}

TEST_F(pipeline, draining_refuses_new_commands_and_answers_the_others) {
  begin_with_room();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(1), "ann"));
  gw().in().drain();
  EXPECT_EQ(refused(message(2)).code, error_code::unavailable);
  EXPECT_FALSE(world_->send(message(1), "ann", 2));
  world_->events().release();
  (void)gw().wait_answers(3);  // with that of the creation
  EXPECT_EQ(kind_of(gw().wait_answer("1")), "duplicate");
}

TEST_F(pipeline, answers_to_a_closed_connection_are_dropped) {
  begin_with_room();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  EXPECT_FALSE(world_->send(message(1), "ann", 5));
  EXPECT_FALSE(world_->send(message(2), "ann", 6));
  gw().in().connection_closed({0, 5});
  world_->events().release();
  EXPECT_EQ(kind_of(gw().wait_answer("2")), "ack");
  EXPECT_EQ(gw().answers_to("1"), 0u);
  const auto again = world_->send(message(1), "ann", 7);
  ASSERT_TRUE(again);
  EXPECT_EQ(kind_of(*again), "duplicate");
}

}  // namespace
}  // namespace roomlog
