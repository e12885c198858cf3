// Gateways on a log that others append to: each has a fold of its own, which may lag.
#include <gtest/gtest.h>

#include "log/memory_log.h"
#include "projections/worker/fold_service.h"
#include "schemas/records/codec.h"
#include "tests/ingress/pipeline_world.h"
#include "tests/testing/log_share.h"

namespace roomlog::testing {
namespace {

// A gateway with its own fold over its own sight of the log.
class server_on_log {
 public:
  server_on_log(log& base, const clock_source& clock, std::string name, bool log_answers = true)
      : sight(base) {
    sight.answer_ends(log_answers);
    fold_service_options folding;
    folding.views.clear();
    fold_ = make_memory_fold_service(sight, folding);
    ingress_options options;
    options.gateway = std::move(name);
    lift_user_limits(options);
    options.prohibited_words = {"flurb"};
    gateway_ = std::make_unique<test_gateway>(options, sight, *fold_, clock);
    fold_->start();
    gateway_->start();
  }
  ~server_on_log() { fold_->stop(); }

  test_gateway& gw() { return *gateway_; }
  fold_lookup& fold() { return fold_->lookup(); }
  std::optional<command_outcome> send(std::string_view json, const char* who,
                                      std::uint64_t connection = 1) {
    return gateway_->in().submit({0, connection}, user(who), parse(json));
  }
  command_outcome ask(std::string_view json, const command_id& id, const char* who,
                      std::uint64_t connection = 1) {
    if (auto at_once = send(json, who, connection)) return *at_once;
    return gateway_->wait_answer(id);
  }

  log_share sight;

 private:
  std::unique_ptr<fold_service> fold_;
  std::unique_ptr<test_gateway> gateway_;
};

class shared_log_test : public ::testing::Test {
 protected:
  shared_log_test() {
    memory_log_options options;
    options.wanted.partitions = 1;
    options.codec = &descriptor_codec();
    base_ = std::move(*open_memory_log(options));
    a_ = std::make_unique<server_on_log>(*base_, clock_, "gw-a");
    b_ = std::make_unique<server_on_log>(*base_, clock_, "gw-b");
  }
  ~shared_log_test() override {
    a_.reset();
    b_.reset();
    base_->close();
  }
  void SetUp() override {
    ASSERT_TRUE(a_->gw().wait_ready());
    ASSERT_TRUE(b_->gw().wait_ready());
    EXPECT_EQ(kind_of(a_->ask(R"({"type":"create","id":"c","room":"r","cid":"c","public":true})",
                              "\"c\"", "ann")),
              "ack");
  }

  const system_clock_source clock_;
  std::unique_ptr<log> base_;
  std::unique_ptr<server_on_log> a_, b_;
};

constexpr std::string_view hello = R"({"type":"send","id":1,"room":"r","cid":"one","text":"hi"})";

// S2.2.4.5, conflict 13
TEST_F(shared_log_test, the_same_cid_at_two_gateways_at_once_is_accepted_once) {
  a_->sight.hold();
  b_->sight.hold();
  EXPECT_FALSE(a_->send(hello, "ann"));
  EXPECT_FALSE(b_->send(hello, "ann"));
  a_->sight.release();
  b_->sight.release();
  const auto at_a = a_->gw().wait_answer("1"), at_b = b_->gw().wait_answer("1");
  EXPECT_EQ(ack_of(at_a).seq, seq_no{2});
  EXPECT_EQ(ack_of(at_b).seq, seq_no{2});
  EXPECT_EQ(ack_of(at_a).at, ack_of(at_b).at);
  EXPECT_NE(ack_of(at_a).duplicate, ack_of(at_b).duplicate) << "exactly one is the first";
  EXPECT_EQ(a_->fold().find_room("default/r")->head, seq_no{2});
}

TEST_F(shared_log_test, a_gateway_that_lags_does_not_refuse_what_the_log_would_take) {
  b_->sight.hold();
  EXPECT_EQ(kind_of(a_->ask(R"({"type":"join","id":2,"room":"r","cid":"j"})", "2", "bob")), "ack");
  // As far as gateway b knows, bob is no member.
  EXPECT_FALSE(b_->send(R"({"type":"send","id":3,"room":"r","cid":"m","text":"x"})", "bob"));
  b_->sight.release();
  EXPECT_EQ(kind_of(b_->gw().wait_answer("3")), "ack");
}

TEST_F(shared_log_test, who_may_not_is_refused_by_the_log) {
  EXPECT_FALSE(b_->send(R"({"type":"send","id":3,"room":"r","cid":"m","text":"x"})", "eve"));
  EXPECT_EQ(kind_of(b_->gw().wait_answer("3")), "not_member");
  EXPECT_FALSE(b_->send(R"({"type":"send","id":4,"room":"no","cid":"m","text":"x"})", "eve"));
  EXPECT_EQ(kind_of(b_->gw().wait_answer("4")), "unknown_room");
}

// S3.32
TEST_F(shared_log_test, what_the_room_refuses_is_no_matter_of_content_and_the_log_knows_the_room) {
  const auto answer_to = [&](const char* id, const char* who) {
    const auto flurb =
        R"({"type":"send","room":"r","text":"flurb","cid":"f","id":)" + std::string(id) + "}";
    auto now = b_->send(flurb, who);
    if (now) return kind_of(*now);
    b_->sight.release();
    EXPECT_TRUE(eventually([&] {
      b_->gw().tick();
      return b_->gw().answers_to(id) != 0;
    }));
    return kind_of(b_->gw().wait_answer(id));
  };
  EXPECT_EQ(answer_to("3", "eve"), "not_member");
  b_->sight.hold();
  EXPECT_EQ(kind_of(a_->ask(R"({"type":"join","id":2,"room":"r","cid":"j"})", "2", "bob")), "ack");
  EXPECT_EQ(answer_to("4", "bob"), "prohibited_content") << "as far as b knows, he is no member";
  b_->sight.hold();
  EXPECT_FALSE(b_->send(R"({"type":"join","id":5,"room":"r","cid":"j"})", "zoe"));
  EXPECT_EQ(answer_to("6", "zoe"), "prohibited_content") << "she had joined before";
  b_->sight.answer_ends(false);
  EXPECT_EQ(answer_to("7", "eve"), "prohibited_content") << "the log does not answer";
}

TEST_F(shared_log_test, a_retry_at_another_gateway_is_answered_from_its_fold) {
  const auto first = a_->ask(hello, "1", "ann");
  const auto until = base_->bounds(partition_id{0}).end;
  ASSERT_TRUE(eventually([&] { return b_->fold().position(partition_id{0}) >= until; }));
  const auto again = b_->send(hello, "ann");
  ASSERT_TRUE(again) << "was appended again";
  EXPECT_EQ(kind_of(*again), "duplicate");
  EXPECT_EQ(ack_of(*again).seq, ack_of(first).seq);
}

TEST_F(shared_log_test, a_fence_waits_for_a_log_that_does_not_answer) {
  server_on_log late(*base_, clock_, "gw-c", false);
  for (int i = 0; i < 3; ++i) late.gw().tick();
  EXPECT_FALSE(late.gw().in().ready());
  EXPECT_EQ(late.gw().in().failure(), "");
  late.sight.answer_ends(true);
  EXPECT_TRUE(late.gw().wait_ready());
}

// The end that the engine shows may lie before the last fence that was taken under this name.
TEST_F(shared_log_test, a_fence_is_above_those_that_were_taken_before) {
  { server_on_log(*base_, clock_, "gw-c").gw().wait_ready(); }
  server_on_log again(*base_, clock_, "gw-c");
  EXPECT_TRUE(again.gw().wait_ready());
  EXPECT_EQ(again.fold().fence_counter(partition_id{0}, "gw-c").value(), 2u);
}

// Neither has seen the other's fence when it appends its own, so both have the same counter.
TEST_F(shared_log_test, of_two_with_one_name_that_fence_at_once_one_goes_on) {
  constexpr partition_id p0{0};
  server_on_log one(*base_, clock_, "gw-c", false), two(*base_, clock_, "gw-c", false);
  const auto end = base_->bounds(p0).end;
  for (auto* each : {&one, &two}) {
    ASSERT_TRUE(eventually([&] { return each->fold().position(p0) == end; }));
    each->sight.hold_with_ends();
  }
  for (auto* each : {&one, &two}) each->sight.answer_ends(true);
  ASSERT_TRUE(eventually([&] {
    one.gw().tick();
    two.gw().tick();
    return base_->bounds(p0).end.value == end.value + 2;
  }));
  one.sight.release();
  two.sight.release();
  const auto failed = [](server_on_log& of) { return !of.gw().in().failure().empty(); };
  EXPECT_TRUE(eventually([&] {
    one.gw().tick();
    two.gw().tick();
    return failed(one) || failed(two);
  }));
  auto& left = failed(one) ? two : one;
  EXPECT_TRUE(left.gw().wait_ready());
  EXPECT_FALSE(failed(left));
  EXPECT_EQ(left.fold().fence_counter(p0, "gw-c").value(), 2u);
}

}  // namespace
}  // namespace roomlog::testing
