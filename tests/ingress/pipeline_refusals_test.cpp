// What is refused by the room, by rate and by content, in which order, and who says so: the gateway
// or the log.
#include "tests/ingress/pipeline_fixture.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

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
  EXPECT_EQ(refused(R"({"type":"leave","room":"r"})").code, error_code::no_permission)
      << "the only owner of a room with another member";
  EXPECT_EQ(refused(R"({"type":"create","room":"r"})", "bob").code, error_code::room_exists);
  EXPECT_EQ(world_->events().appended_commands(), before);
  const principal elsewhere{"other", "ann", "", "", false, false, false, {}, {}, ""};
  const auto other_tenant = world_->send(message(1), elsewhere, 9);
  ASSERT_TRUE(other_tenant);
  EXPECT_EQ(kind_of(*other_tenant), "unknown_room");
}

// A thousand of them come in one frame, and the event loop waits for each.
TEST_F(pipeline, a_cid_that_is_made_here_does_not_make_a_refusal_many_times_as_slow) {
  begin_with_room();
  world_->wait_folded();
  const auto quickest_thousand = [&](const char* json) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int round = 0; round < 5; ++round) {
      const auto begin = std::chrono::steady_clock::now();
      for (int i = 0; i < 1000; ++i) EXPECT_TRUE(world_->send(json, "eve"));
      best = std::min(best, std::chrono::steady_clock::now() - begin);
    }
    return best;
  };
  const auto given = quickest_thousand(R"({"type":"join","room":"nowhere","cid":"c"})");
  EXPECT_LT(quickest_thousand(R"({"type":"join","room":"nowhere"})"), 8 * given);
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

// A seq or cid that cannot be right is nothing that the log has to say.
TEST_F(pipeline, what_the_fold_would_not_take_is_refused_without_the_log_where_it_is_level) {
  ingress_options options;
  options.user_per_second = 2;
  begin_with_room(options);
  ASSERT_EQ(kind_of(ask(message(1))), "ack");  // seq 2
  world_->wait_folded();
  const auto before = world_->events().appended_commands();
  for (int n = 10; n < 20; ++n) {
    const auto early = refused(message(n, R"(,"after_cid":"never")"));
    EXPECT_EQ(early.code, error_code::predecessor_missing);
    EXPECT_TRUE(early.temporary);
  }
  const auto text_of = [&](int n, std::string_view fields) {
    const auto wrong = refused(message(n, fields));
    EXPECT_EQ(wrong.code, error_code::invalid_field) << fields;
    return wrong.message;
  };
  EXPECT_EQ(text_of(20, R"(,"thread":3)"), "thread is beyond the head, which is 2");
  EXPECT_EQ(text_of(21, R"(,"thread":2,"reply_to":9)"), "reply_to is beyond the head, which is 2");
  EXPECT_EQ(text_of(22, R"(,"thread":1,"reply_to":2)"),
            "thread, reply_to: must be the seq of a message that is not deleted");
  EXPECT_EQ(text_of(23, R"(,"reply_to":1)"),
            "reply_to: must be the seq of a message that is not deleted");
  for (const char* json : {R"({"type":"kick","room":"r","user":"eve"})",
                           R"({"type":"role","room":"r","user":"eve","role":"admin"})"}) {
    const auto wrong = refused(json);
    EXPECT_EQ(wrong.code, error_code::invalid_field);
    EXPECT_EQ(wrong.message, "user: must be a member of this room");
  }
  EXPECT_EQ(world_->events().appended_commands(), before);
  EXPECT_EQ(kind_of(ask(message(30, R"(,"after_cid":"c1","thread":2,"reply_to":2)"))), "ack")
      << "and none of these cost a message";
  EXPECT_EQ(refused(message(31)).code, error_code::rate_limited);
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

}  // namespace
}  // namespace roomlog::testing
