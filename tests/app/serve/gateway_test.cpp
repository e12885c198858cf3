// The composition of log, fold, ingress and clients without a thread of its own: the fold is driven
// by hand, time is by hand.
#include "app/serve/gateway.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "log/memory_log.h"
#include "schemas/protocol/command_parser.h"
#include "schemas/records/codec.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// What clients would be sent, in its order. Used by one thread.
class scripted_clients final : public client_delivery {
 public:
  void publish(const decided_batch_ptr& batch, std::vector<addressed_outcome> answers) override {
    deliver(std::move(answers));
    for (const auto& one : batch->events) {
      if (one.decision.kind == verdict_kind::accepted) {
        sent.push_back("event " + std::to_string(one.decision.seq.value));
      }
    }
  }
  void deliver(std::vector<addressed_outcome> answers) override {
    for (const auto& one : answers) {
      const auto* refused = std::get_if<client_error>(&one.outcome);
      sent.push_back((refused ? to_string(refused->code) : "ack") + std::string(" ") + one.id);
    }
  }
  void on_token(session_key session, token_answer verdict) override {
    sent.push_back((std::holds_alternative<principal>(verdict) ? "token good " : "token bad ") +
                   std::to_string(session));
  }
  void drain(std::chrono::milliseconds after) override {
    sent.push_back("drain " + std::to_string(after.count()));
  }
  std::size_t sessions() const override { return connected; }

  std::vector<std::string> sent;
  std::size_t connected = 0;
};

class gateway_test : public ::testing::Test {
 protected:
  gateway_test() {
    memory_log_options log;
    log.wanted.partitions = 1;
    log.codec = &descriptor_codec();
    log.clock = &clock_;
    log.on_write = [this](std::size_t) -> result<> {
      if (disk_works_) return {};
      return error{errc::io, "No space left on device"};
    };
    events_ = std::move(*open_memory_log(log));
    fold_ = make_memory_fold_service(*events_, {});
  }
  ~gateway_test() override {
    fold_->stop();
    events_->close();
  }
  void make(gateway_options options = commands()) {
    gateway_ = std::make_unique<gateway>(std::move(options), *events_, *fold_, clock_);
    gateway_->serve(clients_);
    gateway_->start();
  }
  void begin(gateway_options options = commands()) {
    make(std::move(options));
    ASSERT_TRUE(run_until([this] { return gateway_->prepared(); }));
    gateway_->let_clients_in();
  }
  static gateway_options commands() {
    gateway_options out = no_commands();
    out.commands.emplace();
    out.commands->gateway = "gw";
    out.commands->ack_timeout = 5s;
    return out;
  }
  static gateway_options no_commands() {
    gateway_options out;
    out.tokens = [](const std::string& token, const auto& done) {
      if (token == "good") return done(principal{});
      done(token_refusal{});
    };
    return out;
  }
  std::optional<command_outcome> submit(const std::string& json) {
    principal who;
    who.user = "ann";
    const auto parsed = parse_command(json);
    return gateway_->port().submit(1, who, std::get<event_command>(std::get<command>(parsed)));
  }
  void create() { EXPECT_FALSE(submit(R"({"type":"create","id":1,"room":"r","cid":"c1"})")); }
  // The writer of the memory log has a thread; the rest is driven here.
  template <class Condition>
  bool run_until(Condition met) {
    return eventually([&] {
      while (fold_->step()) {
      }
      gateway_->tick(clock_.steady());
      return met();
    });
  }
  bool run_until_sent(const std::string& what) {
    return run_until([&] { return std::ranges::find(clients_.sent, what) != clients_.sent.end(); });
  }
  void pass(std::chrono::microseconds time) {
    clock_.advance(time);
    gateway_->tick(clock_.steady());
  }

  std::atomic<bool> disk_works_{true};
  manual_clock_source clock_;
  std::unique_ptr<log> events_;
  std::unique_ptr<fold_service> fold_;
  scripted_clients clients_;
  std::unique_ptr<gateway> gateway_;
};

TEST_F(gateway_test, is_prepared_once_the_fold_is_level_and_the_fence_is_taken) {
  make();
  EXPECT_FALSE(gateway_->prepared());
  EXPECT_EQ(gateway_->components().back().trouble, "is fencing partitions 0");
  EXPECT_TRUE(run_until([this] { return gateway_->prepared(); }));
  EXPECT_EQ(gateway_->components().back().trouble, "");
}

TEST_F(gateway_test, answers_before_it_publishes_the_event) {
  begin();
  create();
  ASSERT_TRUE(run_until_sent("event 1"));
  EXPECT_EQ(clients_.sent, (std::vector<std::string>{"ack 1", "event 1"}));
  EXPECT_EQ(gateway_->ack_times().count, 1u);
}

TEST_F(gateway_test, keeps_what_was_decided_before_clients_are_let_in_to_itself) {
  make();
  ASSERT_TRUE(run_until([this] { return gateway_->prepared(); }));
  create();
  ASSERT_TRUE(run_until([this] { return gateway_->commands()->stats().accepted == 1; }));
  EXPECT_FALSE(submit(R"({"type":"send","id":2,"room":"r","cid":"c2","text":"t"})"));
  pass(5s);
  EXPECT_EQ(gateway_->commands()->stats().unknown, 1u);
  EXPECT_EQ(clients_.sent, std::vector<std::string>{});
}

TEST_F(gateway_test, tells_a_command_that_its_outcome_is_unknown_when_its_time_is_over) {
  begin();
  create();
  clock_.advance(4999ms);
  gateway_->tick(clock_.steady());
  EXPECT_EQ(clients_.sent, std::vector<std::string>{}) << "the fold has not been driven";
  pass(1ms);
  EXPECT_EQ(clients_.sent, std::vector<std::string>{"unknown_outcome 1"});
}

TEST_F(gateway_test, without_the_role_answers_commands_with_unavailable) {
  begin(no_commands());
  const auto at_once = submit(R"({"type":"create","id":1,"room":"r","cid":"c1"})");
  ASSERT_TRUE(at_once);
  EXPECT_EQ(std::get<client_error>(*at_once).code, error_code::unavailable);
  EXPECT_EQ(gateway_->commands(), nullptr);
}

TEST_F(gateway_test, leads_the_verdict_on_a_token_to_the_session_that_asked) {
  begin();
  gateway_->port().verify_token(7, "good");
  gateway_->port().verify_token(8, "other");
  EXPECT_EQ(clients_.sent, (std::vector<std::string>{"token good 7", "token bad 8"}));
}

TEST_F(gateway_test, a_drain_waits_for_the_sessions_then_for_the_answers) {
  begin();
  clients_.connected = 1;
  create();
  gateway_->drain(clock_.steady(), {1s, 5s, clock_.steady() + 10s});
  EXPECT_EQ(clients_.sent, std::vector<std::string>{"drain 1000"});
  pass(500ms);
  EXPECT_FALSE(gateway_->drained());
  EXPECT_FALSE(submit(R"({"type":"send","id":2,"room":"r","cid":"c2","text":"t"})"))
      << "commands are taken during the notice";
  clients_.connected = 0;
  pass(1ms);
  const auto refused = submit(R"({"type":"send","id":3,"room":"r","cid":"c3","text":"t"})");
  ASSERT_TRUE(refused) << "all sessions are gone";
  EXPECT_EQ(std::get<client_error>(*refused).code, error_code::unavailable);
  EXPECT_FALSE(gateway_->drained()) << "two commands are in flight";
  EXPECT_TRUE(run_until([this] { return gateway_->drained(); }));
  EXPECT_TRUE(run_until_sent("event 2"));
}

TEST_F(gateway_test, a_drain_ends_with_the_notice_where_sessions_stay) {
  begin();
  clients_.connected = 1;
  gateway_->drain(clock_.steady(), {1s, 5s, clock_.steady() + 10s});
  pass(999ms);
  EXPECT_FALSE(gateway_->drained());
  pass(1ms);
  EXPECT_TRUE(gateway_->drained()) << "nothing is in flight";
}

TEST_F(gateway_test, a_drain_does_not_wait_for_answers_beyond_their_time) {
  begin();
  create();
  gateway_->drain(clock_.steady(), {0s, 2s, clock_.steady() + 1s});
  pass(51ms);
  EXPECT_FALSE(gateway_->drained());
  pass(949ms);
  EXPECT_TRUE(gateway_->drained()) << "the end comes before the two seconds are over";
}

TEST_F(gateway_test, a_log_that_fails_before_clients_are_let_in_is_fatal) {
  disk_works_ = false;
  make();
  ASSERT_TRUE(run_until([this] { return gateway_->fatal().has_value(); }));
  EXPECT_EQ(gateway_->fatal()->code, errc::io);
  EXPECT_EQ(gateway_->components().front().lasting, component_state::lasts::yes);
}

TEST_F(gateway_test, a_log_that_fails_later_is_said_and_not_fatal) {
  begin();
  disk_works_ = false;
  create();
  ASSERT_TRUE(run_until([this] { return !events_->failure().empty(); }));
  EXPECT_FALSE(gateway_->fatal());
  EXPECT_EQ(gateway_->components().front().trouble, events_->failure());
}

TEST_F(gateway_test, without_commands_refuses_them_for_a_time_and_settles_nothing) {
  begin(no_commands());
  const auto answer = submit(R"({"type":"send","id":1,"room":"r","cid":"c1","text":"t"})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<client_error>(*answer).code, error_code::unavailable);
  EXPECT_TRUE(std::get<client_error>(*answer).temporary);
}

}  // namespace
}  // namespace roomlog::testing
