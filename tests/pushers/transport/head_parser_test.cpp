// Heads out of bytes that come in pieces, without a socket.
#include "pushers/transport/head_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace roomlog::testing {
namespace {

using state = head_parser::state;

// Gives the bytes in pieces of `piece`; what the parser says in the end.
state feed(head_parser& heads, std::string_view bytes, std::size_t piece = 4'096) {
  auto now = heads.parse();
  while (now == state::incomplete && !bytes.empty()) {
    const auto room = heads.room();
    if (room.size() == 0) return state::refused;
    const auto size = std::min({room.size(), piece, bytes.size()});
    std::memcpy(room.data(), bytes.data(), size);
    heads.commit(size);
    bytes.remove_prefix(size);
    now = heads.parse();
  }
  return now;
}

TEST(head_parser, a_head_is_whole_however_it_comes_and_the_next_one_begins_behind_it) {
  const std::string first = "\r\nGET /a?b HTTP/1.0\r\nHost: x\r\nA: 1\r\nA: 2\r\n\r\n";
  for (const std::size_t piece : {1u, 2u, 7u, 4'096u}) {
    head_parser heads(1'000);
    heads.begin();
    ASSERT_EQ(feed(heads, first + "HEAD /b HTTP/1.1\r\n", piece), state::whole);
    EXPECT_EQ(heads.head().method, "GET");
    EXPECT_EQ(heads.head().target, "/a?b");
    EXPECT_EQ(heads.head().version, 10u);
    EXPECT_EQ(whole_list(heads.head(), "a"), "1, 2");
    EXPECT_FALSE(heads.is_folded());
  }
  head_parser heads(1'000);
  heads.begin();
  ASSERT_EQ(feed(heads, first + "HEAD /b HTTP/1.1\r\n"), state::whole);
  EXPECT_EQ(heads.rest(), "HEAD /b HTTP/1.1\r\n");
  heads.begin();
  ASSERT_EQ(feed(heads, "Host: y\r\n\r\n"), state::whole);
  EXPECT_EQ(heads.head().target, "/b");
  EXPECT_EQ(heads.rest(), "");
}

TEST(head_parser, a_head_that_is_none_or_too_large_is_refused_with_its_status) {
  const auto status = [](std::string_view bytes, std::size_t piece) {
    head_parser heads(100);
    heads.begin();
    return feed(heads, bytes, piece) == state::refused ? heads.refusal().status : 0;
  };
  for (const std::size_t piece : {1u, 4'096u}) {
    EXPECT_EQ(status("rubbish\r\n\r\n", piece), 400u);
    EXPECT_EQ(status("GET / HTTP/2.0\r\n\r\n", piece), 505u);
    EXPECT_EQ(status("GET /" + std::string(200, 'x'), piece), 431u);
    EXPECT_EQ(status("GET / HTTP/1.1\r\nA: " + std::string(200, 'x'), piece), 431u);
    EXPECT_EQ(status("GET /" + std::string(60, 'x') + " HTTP/1.1\r\nA: " + std::string(60, 'x') +
                         "\r\n\r\n",
                     piece),
              431u)
        << "line and fields together";
    EXPECT_EQ(status("GET / HTTP/1.1\r\n\r\n", piece), 0u);
  }
}

TEST(head_parser, a_field_of_several_lines_is_seen) {
  head_parser heads(1'000);
  heads.begin();
  ASSERT_EQ(feed(heads, "GET / HTTP/1.1\r\nA: a\r\n b\r\n\r\n"), state::whole);
  EXPECT_TRUE(heads.is_folded());
  heads.begin();
  ASSERT_EQ(feed(heads, "GET / HTTP/1.1\r\n\r\n"), state::whole);
  EXPECT_FALSE(heads.is_folded());
}

}  // namespace
}  // namespace roomlog::testing
