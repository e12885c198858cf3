// The way of a command through checks, log and fold to its one answer, when nothing breaks.
#include "schemas/records/codec.h"
#include "tests/ingress/pipeline_fixture.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

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

// A connection is a key: whether a session or a request has it, on whichever shard.
TEST_F(pipeline, an_answer_is_addressed_to_the_key_that_its_command_came_with) {
  begin_with_room();
  world_->events().set_fate([](const auto&) { return append_fate::hold; });
  const auto submit = [&](const command_origin& from, const std::string& id) {
    auto command = parse(R"({"type":"send","room":"r","cid":"c1","text":"t","id":)" + id + "}");
    EXPECT_FALSE(gw().in().submit(from, user("ann"), std::move(command)));
  };
  submit({0, 11}, "1");
  submit({3, 12}, "2");
  world_->events().release();
  (void)gw().wait_answer("1");
  (void)gw().wait_answer("2");
  const auto key_of = [&](const command_id& id) {
    const auto answers = gw().wait_answers(2);
    const auto found = std::ranges::find(answers, id, &addressed_outcome::id);
    return std::pair(found->to.shard, found->to.connection);
  };
  EXPECT_EQ(key_of("1"), std::pair(0u, std::uint64_t{11}));
  EXPECT_EQ(key_of("2"), std::pair(3u, std::uint64_t{12}));
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
TEST_F(pipeline, two_gateways_with_one_command_accept_it_once_and_one_has_its_rate_back) {
  world_ = std::make_unique<world>();
  ingress_options options;
  options.user_per_second = 1;
  for (int i = 0; i < 2; ++i) world_->add_gateway(options);
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
  world_->wait_folded();
  const std::size_t told_duplicate = ack_of(one).duplicate ? 0 : 1;
  EXPECT_EQ(kind_of(world_->ask(message(2), "ann", 1, told_duplicate)), "ack");
  EXPECT_EQ(kind_of(world_->ask(message(3), "ann", 1, 1 - told_duplicate)), "rate_limited");
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
  ingress_options options;
  lift_user_limits(options);
  begin(options);
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

// Append times never go back, so the log's clock stays ahead of a wall clock that was set back.
TEST_F(pipeline, a_wall_clock_that_ran_ahead_and_was_set_back_refuses_nothing) {
  begin_with_room({});
  world_->clock().step(std::chrono::hours(24));
  EXPECT_EQ(kind_of(ask(message(0))), "ack");
  world_->clock().step(-std::chrono::hours(24));
  EXPECT_EQ(kind_of(ask(message(1))), "ack");
  EXPECT_EQ(gw().in().stats().clock_skews.at(0), std::chrono::hours(24));
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
}  // namespace roomlog::testing
