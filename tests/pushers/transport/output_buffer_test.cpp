// The ordered output over sockets that take only a little at a time.
#include "pushers/transport/output_buffer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "pushers/rooms/room_tail.h"

namespace roomlog::testing {
namespace {

// Frames of a tail, the way a session sends them: a cursor.
class tail_source final : public output_source {
 public:
  void gather(gather_list& out) override {
    offered_.clear();
    for (auto from = next; from < tail.end() && !out.full();) {
      const auto range = tail.range(from, tail.end(), out.room());
      out.add(range.bytes);
      offered_.push_back(range);
      from = range.until;
    }
  }
  void consumed(std::size_t bytes, std::string& buffer) override {
    while (bytes != 0) {
      const auto frame = tail.frame(next);
      ++next;
      if (bytes < frame.size()) {
        buffer.append(frame.substr(bytes));
        return;
      }
      bytes -= frame.size();
    }
  }

  room_tail tail{seq_no{1}};
  seq_no next{1};

 private:
  std::vector<room_tail::frames> offered_;
};

struct small_socket {
  small_socket() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    const int bytes = 1;  // the least that the system allows
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  ~small_socket() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::string read(std::size_t most) {
    std::string bytes(most, '\0');
    const auto got = ::recv(ends[1], bytes.data(), most, 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  int ends[2];
};

// Splits a stream of our frames; fails when anything landed inside one.
std::vector<std::string> split(std::string stream) {
  std::vector<std::string> payloads;
  while (!stream.empty()) {
    std::size_t size = static_cast<unsigned char>(stream.at(1)), head = 2;
    if (size == 126) {
      size = static_cast<std::size_t>(static_cast<unsigned char>(stream.at(2))) << 8 |
             static_cast<unsigned char>(stream.at(3));
      head = 4;
    }
    EXPECT_GE(stream.size(), head + size);
    payloads.push_back(stream.substr(head, size));
    stream.erase(0, head + size);
  }
  return payloads;
}

TEST(output_buffer, sends_replies_before_events_in_one_call) {
  small_socket socket;
  tail_source source;
  output_buffer out;
  source.tail.append("event");
  out.append(ws_opcode::text, "reply");
  const auto report = out.flush(socket.ends[0], &source, 1000);
  EXPECT_EQ(report.result, output_buffer::flush_result::drained);
  EXPECT_EQ(report.sends, 1u);
  EXPECT_EQ(split(socket.read(1000)), (std::vector<std::string>{"reply", "event"}));
}

TEST(output_buffer, stops_at_its_budget_and_goes_on) {
  small_socket socket;
  tail_source source;
  output_buffer out;
  for (int i = 0; i < 10; ++i) source.tail.append(std::string(98, 'x'));
  const auto report = out.flush(socket.ends[0], &source, 250);
  EXPECT_EQ(report.result, output_buffer::flush_result::more);
  EXPECT_EQ(report.bytes, 300u);  // whole frames
  EXPECT_EQ(out.flush(socket.ends[0], &source, 10'000).bytes, 700u);
}

TEST(output_buffer, says_that_the_peer_is_gone) {
  small_socket socket;
  output_buffer out;
  out.append(ws_opcode::text, "x");
  ::shutdown(socket.ends[1], SHUT_RDWR);
  EXPECT_EQ(out.flush(socket.ends[0], nullptr, 1000).result, output_buffer::flush_result::failed);
}

// Whatever the socket takes at a time: every frame arrives whole, replies in their order, events in
// theirs; the tail may forget an event as soon as it is cut.
RC_GTEST_PROP(output_buffer, nothing_lands_inside_a_frame, ()) {
  small_socket socket;
  tail_source source;
  output_buffer out;
  std::string stream;
  std::uint64_t events = 0, replies = 0;
  const auto steps = *rc::gen::inRange(50, 200);
  for (int step = 0; step < steps; ++step) {
    const auto size = *rc::gen::inRange<std::size_t>(0, 3000);
    const auto kind = *rc::gen::inRange(0, 4);
    if (kind == 0)
      out.append(ws_opcode::text, "r" + std::to_string(++replies) + ' ' + std::string(size, 'r'));
    if (kind == 1)
      source.tail.append("e" + std::to_string(++events) + ' ' + std::string(size, 'e'));
    if (kind == 2) stream += socket.read(*rc::gen::inRange<std::size_t>(1, 5000));
    (void)out.flush(socket.ends[0], &source, *rc::gen::inRange<std::size_t>(1, 20000));
    if (source.next > seq_no{1}) source.tail.drop_through(seq_no{source.next.value - 1});
  }
  while (out.flush(socket.ends[0], &source, 1 << 20).result != output_buffer::flush_result::drained)
    stream += socket.read(5000);
  for (auto rest = socket.read(1 << 20); !rest.empty(); rest = socket.read(1 << 20)) stream += rest;
  std::uint64_t next_event = 1, next_reply = 1;
  for (const auto& payload : split(stream)) {
    auto& expected = payload.at(0) == 'e' ? next_event : next_reply;
    RC_ASSERT(std::stoull(payload.substr(1)) == expected);
    ++expected;
  }
  RC_ASSERT(next_event == events + 1);
  RC_ASSERT(next_reply == replies + 1);
  RC_ASSERT(out.waiting() == 0u);
}

}  // namespace
}  // namespace roomlog::testing
