// Answers to commands that came over HTTP, among those for sessions.
#include "pushers/http/request_outcomes.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

addressed_outcome answer(answer_key to, const std::string& cid) {
  return {origin_of(to), {}, "r", cid, make_client_error(error_code::expired)};
}

TEST(request_outcomes, a_request_gets_its_answer_once_and_sessions_keep_theirs) {
  request_outcomes requests;
  std::string taken;
  const auto take = [&](const addressed_outcome& a) { taken += a.cid; };
  const auto first = requests.expect(take), second = requests.expect(take);
  EXPECT_NE(first, second);
  EXPECT_EQ(place_of(first), requests_place);
  const auto session = make_answer_key(0, 1);  // with the same counter as the first request
  std::vector<addressed_outcome> answers{answer(session, "a"), answer(second, "b"),
                                         answer(session, "c"), answer(first, "d"),
                                         answer(second, "e"),  answer(session, "f")};
  requests.take_from(answers);
  EXPECT_EQ(taken, "bd");
  EXPECT_EQ(requests.waiting(), 0u);
  std::string left;
  for (const auto& a : answers) left += a.cid;
  EXPECT_EQ(left, "acf");
}

TEST(request_outcomes, the_answer_to_a_request_that_has_ended_is_dropped) {
  request_outcomes requests;
  const auto key = requests.expect([](const auto&) { ADD_FAILURE() << "it has ended"; });
  requests.forget(key);
  std::vector<addressed_outcome> answers{answer(key, "a")};
  requests.take_from(answers);
  EXPECT_TRUE(answers.empty());
}

// As the handler of a request does that answers and is then destroyed.
TEST(request_outcomes, a_taker_may_ask_and_forget) {
  request_outcomes requests;
  answer_key next = 0;
  const auto key = requests.expect([&](const addressed_outcome& a) {
    requests.forget(a.to.connection);
    next = requests.expect([](const auto&) {});
  });
  std::vector<addressed_outcome> answers{answer(key, "a")};
  requests.take_from(answers);
  EXPECT_NE(next, 0u);
  EXPECT_EQ(requests.waiting(), 1u);
}

}  // namespace
}  // namespace roomlog::testing
