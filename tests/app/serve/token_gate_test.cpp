// Which thread checks a token, and what happens when too many wait.
#include "app/serve/token_gate.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "pushers/manual_tasks.h"
#include "pushers/task_threads.h"
#include "tests/ingress/auth/jwt_test_support.h"

namespace roomlog::testing {
namespace {

using namespace jwt;

class fixed_clock final : public clock_source {
 public:
  timestamp now() const override { return jwt::now; }
  std::chrono::microseconds steady() const override { return std::chrono::microseconds{0}; }
};

const token_refusal& refusal_of(const token_answer& verdict) {
  return std::get<token_refusal>(verdict);
}

class token_gate_test : public ::testing::Test {
 protected:
  static token_answer wait_for(token_gate& gate, const std::string& token) {
    const auto answered = std::make_shared<std::promise<token_answer>>();
    auto verdict = answered->get_future();
    gate.check(token, [answered](token_answer found) { answered->set_value(std::move(found)); });
    if (verdict.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
      throw std::runtime_error("the gate does not answer");
    }
    return verdict.get();
  }

  const fixed_clock clock_;
  const token_verifier secrets_ = verifier_for(secret_key());
  const key_ptr pair_ = load(forms_of(kind::ed25519).private_jwk);
  const token_verifier pairs_ = verifier_for(pair_);
  const std::string hmac_token_ = sign(*secret_key(), jws_algorithm::hs256, good_payload());
  const std::string signed_token_ = sign(*pair_, jws_algorithm::eddsa, good_payload());
  task_threads one_thread_{1, clock_};
};

// S2.2.1.1, S2.2.1.3
TEST_F(token_gate_test, secrets_are_checked_from_within_the_call) {
  token_gate gate(secrets_, clock_, one_thread_, 10);
  std::thread::id checked_on;
  gate.check(hmac_token_, [&](const token_answer& verdict) {
    checked_on = std::this_thread::get_id();
    EXPECT_EQ(std::get<principal>(verdict).user, "ann");
  });
  EXPECT_EQ(checked_on, std::this_thread::get_id());
  EXPECT_EQ(gate.stats().accepted, 1u);
}

TEST_F(token_gate_test, public_key_signatures_are_checked_on_another_thread) {
  token_gate gate(pairs_, clock_, one_thread_, 10);
  std::promise<std::thread::id> checked_on;
  gate.check(signed_token_, [&](const token_answer& verdict) {
    EXPECT_EQ(std::get<principal>(verdict).user, "ann");
    checked_on.set_value(std::this_thread::get_id());
  });
  EXPECT_NE(checked_on.get_future().get(), std::this_thread::get_id());
}

// S2.2.1.2, S2.5.4.4: malformed, signature, expired, claims
TEST_F(token_gate_test, refusals_have_their_code_and_close_code) {
  token_gate gate(pairs_, clock_, one_thread_, 10);
  const auto malformed = wait_for(gate, "nonsense");
  EXPECT_EQ(refusal_of(malformed).error.code, error_code::token_malformed);
  EXPECT_EQ(refusal_of(malformed).close_code, 4501);
  const auto wrong_key = wait_for(gate, hmac_token_);
  EXPECT_EQ(refusal_of(wrong_key).error.code, error_code::token_signature);
  EXPECT_EQ(refusal_of(wrong_key).close_code, 4502);
  const auto expired =
      wait_for(gate, sign(*pair_, jws_algorithm::eddsa, R"({"sub":"ann","exp":1})"));
  EXPECT_EQ(refusal_of(expired).error.code, error_code::token_expired);
  EXPECT_EQ(refusal_of(expired).close_code, 4503);
  const auto unfit = wait_for(gate, sign(*pair_, jws_algorithm::eddsa, R"({"exp":4000000000})"));
  EXPECT_EQ(refusal_of(unfit).error.code, error_code::token_claims);
  EXPECT_EQ(gate.stats().refused, 4u);
}

TEST_F(token_gate_test, at_the_bound_they_wait_and_one_past_it_is_told_to_come_later) {
  constexpr std::size_t bound = 3;
  token_gate gate(pairs_, clock_, one_thread_, bound);
  std::promise<void> begun, go_on;
  gate.check(signed_token_, [&](const token_answer&) {
    begun.set_value();
    go_on.get_future().wait_for(std::chrono::seconds(60));  // holds the one thread
  });
  begun.get_future().wait();
  std::atomic<std::size_t> answered{0};
  std::promise<void> all_answered;
  for (std::size_t i = 0; i < bound; ++i) {
    gate.check(signed_token_, [&](const token_answer& verdict) {
      EXPECT_TRUE(std::holds_alternative<principal>(verdict));
      if (++answered == bound) all_answered.set_value();
    });
  }
  EXPECT_EQ(gate.stats().waiting, bound);
  EXPECT_EQ(answered, 0u);

  const auto refused = wait_for(gate, signed_token_);
  EXPECT_EQ(refusal_of(refused).error.code, error_code::overloaded);
  EXPECT_EQ(refusal_of(refused).close_code, 4001);
  EXPECT_TRUE(refusal_of(refused).error.retry_after_ms);
  EXPECT_EQ(gate.stats().overloaded, 1u);

  go_on.set_value();
  all_answered.get_future().wait();
}

TEST_F(token_gate_test, a_stopped_gate_drops_what_waits) {
  token_gate gate(pairs_, clock_, one_thread_, 10);
  std::promise<void> begun;
  std::atomic<bool> go_on{false};
  gate.check(signed_token_, [&](const token_answer&) {
    begun.set_value();
    while (!go_on) std::this_thread::yield();
  });
  begun.get_future().wait();
  gate.check(signed_token_, [](const token_answer&) { ADD_FAILURE() << "was dropped"; });
  std::thread stopping([&] { one_thread_.stop(); });
  while (gate.stats().waiting != 0) std::this_thread::yield();
  go_on = true;
  stopping.join();
  gate.check(signed_token_, [](const token_answer&) { ADD_FAILURE() << "came too late"; });
}

// S2.2.1.1: a simulation without threads says when a signature is checked.
TEST_F(token_gate_test, a_check_that_is_run_by_hand_is_answered_then) {
  manual_tasks by_hand(clock_);
  token_gate gate(pairs_, clock_, by_hand, 1);
  std::size_t answered = 0;
  const auto check = [&] { gate.check(signed_token_, [&](const token_answer&) { ++answered; }); };
  check();
  EXPECT_EQ(answered, 0u);
  EXPECT_EQ(gate.stats().waiting, 1u);
  check();  // told at once that it is too many
  EXPECT_EQ(answered, 1u);
  EXPECT_TRUE(by_hand.run_one());
  EXPECT_EQ(answered, 2u);
  EXPECT_EQ(gate.stats().waiting, 0u);
  EXPECT_EQ(gate.stats().accepted, 1u);
}

}  // namespace
}  // namespace roomlog::testing
