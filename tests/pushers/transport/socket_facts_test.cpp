// What is done to sockets directly.
#include "pushers/transport/socket_facts.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

// Two ends of one TCP connection.
struct socket_facts : ::testing::Test {
  void SetUp() override {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&at), size), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size), 0);
    peer = ::socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(::connect(peer, reinterpret_cast<sockaddr*>(&at), size), 0);
    ours = ::accept(listener, nullptr, nullptr);
    ASSERT_GE(ours, 0);
    ::close(listener);
  }
  void TearDown() override {
    ::close(ours);
    if (peer >= 0) ::close(peer);
  }
  std::size_t readable() const {
    int bytes = 0;
    EXPECT_EQ(::ioctl(ours, FIONREAD, &bytes), 0);
    return static_cast<std::size_t>(bytes);
  }

  int ours = -1, peer = -1;
};

TEST_F(socket_facts, a_peer_that_sends_much_has_a_bounded_part_of_it_discarded_at_once) {
  const std::string much(discard_bytes_max + 1000, 'x');
  ASSERT_EQ(::send(peer, much.data(), much.size(), 0), static_cast<ssize_t>(much.size()));
  ASSERT_TRUE(eventually([&] { return readable() == much.size(); }));
  EXPECT_FALSE(discard_readable(ours));
  EXPECT_EQ(readable(), 1000u);
  EXPECT_FALSE(discard_readable(ours));
  EXPECT_EQ(readable(), 0u);
  EXPECT_FALSE(discard_readable(ours));  // nothing is there, more may come
}

TEST_F(socket_facts, the_end_of_a_peer_is_seen_behind_what_it_sent) {
  ASSERT_EQ(::send(peer, "x", 1, 0), 1);
  ::close(std::exchange(peer, -1));
  EXPECT_TRUE(eventually([&] { return discard_readable(ours); }));
}

}  // namespace
}  // namespace roomlog::testing
