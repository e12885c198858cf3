// What a user may make the log write, whatever the verdict: commands, bytes, and people named.
#include "tests/ingress/pipeline_fixture.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

class budget_pipeline : public pipeline {
 protected:
  // Without the other limits.
  void begin_with(const std::function<void(ingress_options&)>& limit) {
    ingress_options options;
    lift_user_limits(options);
    limit(options);
    world_ = std::make_unique<world>();
    world_->add_gateway(options);
    world_->start();
    ASSERT_TRUE(gw().wait_ready());
    ASSERT_EQ(kind_of(world_->ask(R"({"type":"create","id":"room","room":"r","public":true})",
                                  "owner", 77)),
              "ack");
    ASSERT_EQ(kind_of(world_->ask(R"({"type":"join","id":"joins","room":"r"})", "ann")), "ack");
    world_->clock().advance(60s);
    world_->wait_folded();
  }
  std::string create(int n, int people = 0) {
    std::string members;
    for (int m = 0; m < people; ++m)
      members += (m == 0 ? "\"p" : ",\"p") + std::to_string(m) + "\"";
    const auto id = std::to_string(n);
    return R"({"type":"create","id":)" + id + R"(,"room":"room-)" + id + R"(","members":[)" +
           members + "]}";
  }
  void expect_over(const std::string& json, const char* limit, std::uint32_t retry_after_ms) {
    const auto over = refused(json);
    EXPECT_EQ(over.code, error_code::rate_limited);
    EXPECT_EQ(over.message, "Rate limit exceeded");
    EXPECT_EQ(over.limit, limit);
    EXPECT_EQ(over.retry_after_ms, retry_after_ms);
    EXPECT_TRUE(over.temporary);
  }
  // A send that only the log can refuse, since something of its connection is undecided.
  void have_the_log_refuse(int n) {
    world_->events().set_fate([](const auto&) { return append_fate::hold; });
    auto owner = user("owner");
    owner.unlimited = true;
    EXPECT_FALSE(world_->send(message(n), owner, 9));
    EXPECT_FALSE(world_->send(message(n + 1, R"(,"after_cid":"never")"), "ann", 9));
    world_->events().release();
    EXPECT_EQ(kind_of(gw().wait_answer(std::to_string(n + 1))), "predecessor_missing");
  }
};

TEST_F(budget_pipeline, twenty_commands_of_any_kind_a_second_are_the_default) {
  begin_with([](ingress_options& options) {
    options.user_commands_per_second = ingress_options{}.user_commands_per_second;
  });
  for (int n = 0; n < 19; ++n) ASSERT_EQ(kind_of(ask(create(n))), "ack") << n;
  EXPECT_EQ(kind_of(ask(message(100))), "ack");
  expect_over(create(20), "user_commands", 1000);
  expect_over(message(101), "user_commands", 1000);
  expect_over(R"({"type":"leave","room":"r"})", "user_commands", 1000);
  EXPECT_EQ(kind_of(ask(create(200), "owner", 2)), "ack") << "another user has a budget of its own";
  world_->clock().advance(999ms);
  expect_over(create(20), "user_commands", 1);
  world_->clock().advance(1ms);
  EXPECT_EQ(kind_of(ask(create(20))), "ack");
}

TEST_F(budget_pipeline, commands_of_a_minute_are_limited_too) {
  begin_with([](ingress_options& options) { options.user_commands_per_minute = 3; });
  for (int n = 0; n < 3; ++n) {
    EXPECT_EQ(kind_of(ask(create(n))), "ack");
    world_->clock().advance(10s);
  }
  expect_over(create(3), "user_commands", 30'000);
  world_->clock().advance(30s);
  EXPECT_EQ(kind_of(ask(create(3))), "ack");
}

// The message rate is given back, so it alone would let such sends through without end.
TEST_F(budget_pipeline, what_the_log_refuses_costs_the_budget_and_no_rate) {
  begin_with([](ingress_options& options) {
    options.user_per_second = 1;
    options.user_commands_per_second = 4;
  });
  for (int n = 0; n < 3; ++n) have_the_log_refuse(10 * n);
  EXPECT_EQ(kind_of(ask(message(100))), "ack") << "no message of this second counts";
  const auto over = refused(R"({"type":"leave","room":"r"})");
  EXPECT_EQ(over.limit, "user_commands");
}

TEST_F(budget_pipeline, bytes_of_ten_seconds_are_limited) {
  begin_with([](ingress_options& options) { options.user_append_bytes = 10'000; });
  const auto text = [&](int n, std::size_t bytes) {
    return message(n, R"(,"metadata":{"m":")" + std::string(bytes, 'x') + R"("})");
  };
  for (int n = 0; n < 3; ++n) EXPECT_EQ(kind_of(ask(text(n, 2'500))), "ack");
  expect_over(text(3, 2'500), "user_bytes", 10'000);
  EXPECT_EQ(kind_of(ask(text(4, 100))), "ack") << "what fits is let through";
  world_->clock().advance(10s);
  EXPECT_EQ(kind_of(ask(text(3, 2'500))), "ack");
  expect_over(text(5, 12'000), "user_bytes", 10'000);
  world_->clock().advance(10s);
  EXPECT_EQ(kind_of(ask(text(5, 12'000))), "ack") << "larger than the budget, and not for ever";
  expect_over(text(6, 1), "user_bytes", 10'000);
}

TEST_F(budget_pipeline, a_create_costs_by_the_people_that_it_names) {
  begin_with([](ingress_options& options) { options.user_invites_per_minute = 5; });
  EXPECT_EQ(kind_of(ask(create(1, 3))), "ack");
  expect_over(create(2, 3), "user_invites", 60'000);
  EXPECT_EQ(kind_of(ask(create(3, 0))), "ack") << "it names none";
  EXPECT_EQ(kind_of(ask(R"({"type":"create","id":4,"room":"own","members":["ann"]})")), "ack")
      << "only the one who makes it";
  const auto invite = [](const char* who) {
    return R"({"type":"invite","room":"room-1","user":")" + std::string(who) + R"(","id":")" + who +
           R"("})";
  };
  EXPECT_EQ(kind_of(ask(invite("zoe"))), "ack");
  EXPECT_EQ(kind_of(ask(invite("eve"))), "ack");
  expect_over(invite("kim"), "user_invites", 60'000);
  EXPECT_EQ(kind_of(ask(R"({"type":"kick","id":5,"room":"room-1","user":"zoe"})")), "ack");
  world_->clock().advance(60s);
  EXPECT_EQ(kind_of(ask(create(2, 5))), "ack") << "at the limit";
}

// Waiting would not help it.
TEST_F(budget_pipeline, a_create_that_names_more_than_the_budget_is_refused_for_good) {
  begin_with([](ingress_options& options) { options.user_invites_per_minute = 5; });
  const auto never = refused(create(1, 6));
  EXPECT_EQ(never.code, error_code::rate_limited);
  EXPECT_EQ(never.limit, "user_invites");
  EXPECT_FALSE(never.temporary);
  EXPECT_FALSE(never.retry_after_ms);
  EXPECT_EQ(never.message,
            "Rate limit exceeded: the command names 6 people, and a user may name at most 5 in a "
            "minute (limits.user_invites_per_minute); name fewer and invite the others later");
  EXPECT_EQ(kind_of(ask(create(1, 5))), "ack");
}

TEST_F(budget_pipeline, what_is_answered_without_the_log_costs_nothing) {
  begin_with([](ingress_options& options) {
    options.user_commands_per_second = 2;
    options.prohibited_words = {"bad"};
  });
  EXPECT_EQ(kind_of(ask(message(1))), "ack");
  for (int n = 0; n < 50; ++n) {
    EXPECT_EQ(refused(R"({"type":"create","room":"r"})").code, error_code::room_exists);
    EXPECT_EQ(kind_of(ask(message(1))), "duplicate");
    EXPECT_EQ(refused(R"({"type":"send","room":"r","cid":"b","text":"bad"})").code,
              error_code::prohibited_content);
    EXPECT_EQ(refused(message(2, R"(,"after_cid":"never")")).code, error_code::predecessor_missing);
  }
  world_->events().set_fate([](const auto&) { return append_fate::refuse_full; });
  for (int n = 0; n < 50; ++n) EXPECT_EQ(refused(message(3)).code, error_code::overloaded);
  world_->events().set_fate(nullptr);
  EXPECT_EQ(kind_of(ask(message(4))), "ack");
  expect_over(message(5), "user_commands", 1000);
}

TEST_F(budget_pipeline, a_command_that_waits_for_a_fence_in_vain_costs_nothing) {
  begin_with([](ingress_options& options) {
    options.user_commands_per_minute = 3;
    options.user_per_minute = 3;
  });
  int appends = 0;
  world_->events().set_fate([&](const auto&) {
    return ++appends == 2 ? append_fate::pass : append_fate::lose;  // then fences are lost
  });
  EXPECT_FALSE(world_->send(message(1), "owner", 5));
  EXPECT_FALSE(world_->send(message(2), "owner", 5));  // finds the gap
  ASSERT_TRUE(eventually([&] { return !gw().in().ready(); }));
  for (int n = 10; n < 13; ++n) EXPECT_FALSE(world_->send(message(n), "ann"));
  world_->clock().advance(5s);
  EXPECT_EQ(later_answer("12"), "unavailable");
  world_->events().set_fate(nullptr);
  world_->clock().advance(5s);
  ASSERT_TRUE(gw().wait_ready());
  for (int n = 20; n < 23; ++n) EXPECT_EQ(kind_of(ask(message(n))), "ack") << n;
  expect_over(message(23), "user_per_minute", 60'000);
}

TEST_F(budget_pipeline, a_command_that_is_appended_again_under_another_fence_is_charged_once) {
  begin_with([](ingress_options& options) { options.user_commands_per_second = 3; });
  int appends = 0;
  world_->events().set_fate(
      [&](const auto&) { return ++appends == 1 ? append_fate::lose : append_fate::pass; });
  EXPECT_FALSE(world_->send(message(1), "ann"));
  EXPECT_FALSE(world_->send(message(2), "ann"));  // finds the gap; both are appended again
  EXPECT_EQ(kind_of(gw().wait_answer("2")), "ack");
  EXPECT_EQ(kind_of(ask(message(3))), "ack");
  expect_over(message(4), "user_commands", 1000);
}

TEST_F(budget_pipeline, scope_unlimited_has_none_and_zero_takes_one_off) {
  begin_with([](ingress_options& options) {
    options.user_commands_per_second = options.user_commands_per_minute = 1;
    options.user_append_bytes = 500;
    options.user_invites_per_minute = 1;
  });
  auto bot = user("bot");
  bot.unlimited = true;
  for (int n = 0; n < 50; ++n) EXPECT_FALSE(world_->send(create(n, 50), bot, 8));
  EXPECT_EQ(kind_of(gw().wait_answer("49")), "ack");
  begin_with([](ingress_options&) {});
  for (int n = 0; n < 50; ++n) EXPECT_EQ(kind_of(ask(create(n, 50))), "ack");
}

// docs/protocol.md §3: permission → rate → content, and what the log would say of the rest after
// them.
TEST_F(budget_pipeline, budgets_are_looked_at_between_permission_and_content) {
  begin_with([](ingress_options& options) {
    options.user_commands_per_second = 1;
    options.prohibited_words = {"bad"};
  });
  EXPECT_EQ(kind_of(ask(message(1))), "ack");
  EXPECT_EQ(refused(R"({"type":"create","room":"r"})").code, error_code::room_exists);
  EXPECT_EQ(refused(R"({"type":"send","room":"r","cid":"b","text":"bad"})").code,
            error_code::rate_limited);
  EXPECT_EQ(refused(message(2, R"(,"after_cid":"never")")).code, error_code::rate_limited);
  world_->clock().advance(1s);
  EXPECT_EQ(
      refused(R"({"type":"send","room":"r","cid":"b","text":"bad","after_cid":"never"})").code,
      error_code::prohibited_content);
}

TEST_F(budget_pipeline, refusals_are_counted_by_limit_and_idle_users_forgotten) {
  begin_with([](ingress_options& options) {
    options.user_per_second = 2;
    options.user_commands_per_second = 3;
    options.user_append_bytes = 20'000;
    options.user_invites_per_minute = 1;
  });
  EXPECT_EQ(kind_of(ask(message(1))), "ack");
  EXPECT_EQ(kind_of(ask(message(2))), "ack");
  expect_over(message(3), "user_per_second", 1000);
  EXPECT_EQ(kind_of(ask(create(4, 1))), "ack");
  expect_over(create(5), "user_commands", 1000);
  world_->clock().advance(1s);
  expect_over(create(6, 1), "user_invites", 59'000);
  EXPECT_EQ(kind_of(ask(message(7, R"(,"metadata":{"m":")" + std::string(16'000, 'x') + R"("})"))),
            "ack");
  expect_over(message(8, R"(,"metadata":{"m":")" + std::string(16'000, 'x') + R"("})"),
              "user_bytes", 10'000);
  const auto stats = gw().in().stats();
  const std::vector<std::uint64_t> by_limit(std::begin(stats.refused_by_limit),
                                            std::end(stats.refused_by_limit));
  EXPECT_EQ(by_limit, (std::vector<std::uint64_t>{1, 0, 1, 1, 1}))
      << "as user_limit_names has them";
  EXPECT_GE(stats.users, 1u);
  world_->clock().advance(60s);
  for (int i = 0; i < 16; ++i) gw().tick();
  EXPECT_EQ(gw().in().stats().users, 0u);
}

}  // namespace
}  // namespace roomlog::testing
