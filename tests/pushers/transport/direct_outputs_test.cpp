#include "pushers/transport/direct_outputs.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace roomlog::testing {
namespace {

struct direct_outputs_test : ::testing::Test {
  direct_outputs_test() {
    for (auto& pair : sockets)
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()) != 0) std::abort();
  }
  ~direct_outputs_test() override {
    for (const auto& pair : sockets)
      for (const int socket : pair) ::close(socket);
  }
  std::string received(std::size_t of) const {
    std::array<char, 4096> bytes{};
    const auto got = ::recv(sockets.at(of)[1], bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(0, got))};
  }
  std::array<std::array<int, 2>, 3> sockets{};
  direct_outputs outputs;
  std::vector<direct_outputs::cut_send> cut;
};

TEST_F(direct_outputs_test, all_pieces_go_to_each_idle_connection_and_nothing_to_the_others) {
  std::vector<output_place> all;
  for (const auto& pair : sockets) all.push_back(outputs.add(pair[0]));
  for (const auto at : all) EXPECT_FALSE(outputs.is_idle(at)) << "until it says so";
  outputs.set_idle(all[0], true);
  outputs.set_idle(all[2], true);
  gather_list pieces(100);
  pieces.add("one");
  pieces.add("two");
  outputs.send(all, pieces, cut);
  EXPECT_EQ(received(0), "onetwo");
  EXPECT_EQ(received(1), "");
  EXPECT_EQ(received(2), "onetwo");
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0].index, 1u);
  EXPECT_EQ(cut[0].bytes, 0u);
  EXPECT_EQ(outputs.sends(), 2u);
  EXPECT_EQ(outputs.bytes_sent(), 12u);
}

TEST_F(direct_outputs_test, a_socket_that_takes_a_part_or_is_broken_is_told_of) {
  const int least = 1;
  ::setsockopt(sockets[0][0], SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
  ::shutdown(sockets[1][0], SHUT_RDWR);
  const std::vector all{outputs.add(sockets[0][0]), outputs.add(sockets[1][0])};
  for (const auto at : all) outputs.set_idle(at, true);
  const std::string large(100'000, 'x');
  gather_list pieces(large.size());
  pieces.add(large);
  outputs.send(all, pieces, cut);
  ASSERT_EQ(cut.size(), 2u);
  EXPECT_GT(cut[0].bytes, 0u);
  EXPECT_LT(cut[0].bytes, large.size());
  EXPECT_EQ(cut[1].bytes, 0u);
}

TEST_F(direct_outputs_test, a_place_that_is_used_again_is_not_idle) {
  const auto first = outputs.add(sockets[0][0]);
  outputs.set_idle(first, true);
  outputs.remove(first);
  EXPECT_FALSE(outputs.is_idle(first));
  EXPECT_EQ(outputs.add(sockets[1][0]), first);
  EXPECT_FALSE(outputs.is_idle(first));
  EXPECT_EQ(outputs.size(), 1u);
  outputs.set_idle(output_place::none, true);
  EXPECT_FALSE(outputs.is_idle(output_place::none));
}

}  // namespace
}  // namespace roomlog::testing
