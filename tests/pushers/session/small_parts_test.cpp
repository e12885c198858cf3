// The small pure parts: sets of seqs, frame headers, the token of an upgrade.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "pushers/http/http_types.h"
#include "pushers/rooms/seq_set.h"
#include "pushers/transport/upgrade.h"
#include "pushers/transport/ws_frame.h"

namespace roomlog::testing {
namespace {

RC_GTEST_PROP(seq_set, behaves_like_a_set_of_numbers, ()) {
  seq_set ours;
  std::set<std::uint64_t> naive;
  for (int step = 0; step < 100; ++step) {
    const auto n = *rc::gen::inRange<std::uint64_t>(1, 40);
    if (*rc::gen::inRange(0, 8) != 0) {
      ours.add(seq_no{n});
      naive.insert(n);
    } else {
      const auto end = *rc::gen::inRange<std::uint64_t>(n, 42);
      auto expected = n;
      while (naive.count(expected) != 0 && expected < end) ++expected;
      RC_ASSERT(ours.skip(seq_no{n}, seq_no{end}) == seq_no{expected});
      naive.erase(naive.begin(), naive.lower_bound(expected));
    }
    RC_ASSERT(ours.empty() == naive.empty());
    for (std::uint64_t i = 1; i < 42; ++i) {
      RC_ASSERT(ours.contains(seq_no{i}) == (naive.count(i) != 0));
      const auto at = naive.lower_bound(i);
      const auto first = at == naive.end() ? 99 : *at;
      RC_ASSERT(ours.first_from(seq_no{i}, seq_no{99}) == seq_no{first});
      RC_ASSERT(ours.first_from(seq_no{i}, seq_no{i + 3}) == seq_no{std::min(first, i + 3)});
    }
  }
}

TEST(seq_set, acks_of_one_sender_are_one_range) {
  seq_set acked;
  for (std::uint64_t seq = 1; seq <= 1000; ++seq) acked.add(seq_no{seq});
  EXPECT_EQ(acked.ranges(), 1u);
}

TEST(ws_frame, header_has_the_shortest_length_form) {
  char header[ws_header_bytes_max];
  const auto head = [&](std::uint64_t size) {
    return std::string(header, put_ws_header(header, ws_opcode::text, size));
  };
  EXPECT_EQ(head(0), std::string("\x81\x00", 2));
  EXPECT_EQ(head(125), "\x81\x7d");
  EXPECT_EQ(head(126), std::string("\x81\x7e\x00\x7e", 4));
  EXPECT_EQ(head(65535), "\x81\x7e\xff\xff");
  EXPECT_EQ(head(65536), std::string("\x81\x7f\0\0\0\0\0\x01\0\0", 10));
}

TEST(upgrade, the_token_comes_from_the_header_or_the_sub_protocol) {
  EXPECT_EQ(token_of_upgrade("Bearer abc.def", ""), "abc.def");
  EXPECT_EQ(token_of_upgrade("bearer  abc ", ""), "abc");
  EXPECT_EQ(token_of_upgrade("Basic abc", "roomlog.v1.json, bearer.x.y.z"), "x.y.z");
  EXPECT_EQ(token_of_upgrade("Bearer abc", "bearer.xyz"), "abc");
  EXPECT_EQ(token_of_upgrade("", "roomlog.v1.json"), "");
  EXPECT_EQ(token_of_upgrade("Bearer", ""), "");
}

TEST(upgrade, the_sub_protocol_is_chosen_only_when_it_is_offered) {
  EXPECT_TRUE(offers_protocol("a, roomlog.v1.json,b", "roomlog.v1.json"));
  EXPECT_FALSE(offers_protocol("roomlog.v1.jsonx, ROOMLOG.V1.JSON", "roomlog.v1.json"));
  EXPECT_FALSE(offers_protocol("", "roomlog.v1.json"));
  EXPECT_FALSE(offers_protocol("a,,b", ""));
}

TEST(http_types, a_problem_that_waiting_does_not_help_names_no_time_to_come_again) {
  const auto head_of = [](const client_error& e) {
    return response_head(make_problem(e), persistence::implied);
  };
  EXPECT_NE(head_of(make_client_error(error_code::unavailable)).find("Retry-After: 1"),
            std::string::npos);
  EXPECT_EQ(head_of(make_lasting_error(error_code::unavailable)).find("Retry-After"),
            std::string::npos);
}

}  // namespace
}  // namespace roomlog::testing
