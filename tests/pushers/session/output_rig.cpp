#include "tests/pushers/session/output_rig.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace roomlog::testing {

output_rig::output_rig(shard_rig& shard) : replies(shard.context, *this, out) {
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_) != 0)
    throw std::runtime_error("no socket pair");
}

output_rig::~output_rig() {
  ::close(sockets_[0]);
  ::close(sockets_[1]);
}

std::vector<std::string> output_rig::said() {
  auto result = output_buffer::flush_result::blocked;
  while (result == output_buffer::flush_result::blocked) {
    result = out.flush(sockets_[0], this, std::size_t{1} << 30).result;
    char bytes[65536];
    ssize_t got;
    while ((got = ::recv(sockets_[1], bytes, sizeof bytes, 0)) > 0)
      received_.append(bytes, static_cast<std::size_t>(got));
  }
  EXPECT_EQ(result, output_buffer::flush_result::drained);
  auto frames = take_whole_frames(received_);
  EXPECT_TRUE(received_.empty()) << "a frame that is cut";
  return frames;
}

std::string output_rig::said_one() {
  const auto all = said();
  EXPECT_EQ(all.size(), 1u);
  return all.empty() ? std::string() : all.front();
}

}  // namespace roomlog::testing
