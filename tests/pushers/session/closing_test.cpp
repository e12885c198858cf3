// The end of a conversation: what was taken before it is answered, nothing else follows.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "tests/pushers/client_server_rig.h"
#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

std::string send(int id) {
  const auto n = std::to_string(id);
  return R"({"type":"send","room":"r","text":"x","id":)" + n + R"(,"cid":"c)" + n + "\"}";
}

std::string close_frame(unsigned code) {
  const char payload[] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return ws_client::frame_bytes(8, {payload, 2});
}

struct closing : ::testing::Test {
  closing() { rig.world.create("default/r", "ann"); }
  // A client that has sent two messages and ended, in one segment, and was not answered yet.
  ws_client ended_after_sends(const std::string& end, const std::string& before = {}) {
    auto client = rig.sign_in("ann");
    if (!before.empty()) {
      client.send_text(before);
      while (field(*client.next_object(), "type") != "live") {
      }
    }
    rig.answer_commands = false;
    client.send_bytes(ws_client::frame_bytes(1, send(1)) + ws_client::frame_bytes(1, send(2)) +
                      end);
    EXPECT_TRUE(rig.eventually([](const auto& s) { return s.commands_in_flight == 2; }));
    return client;
  }
  static void expect_acks(ws_client& client) {
    for (const char* id : {"1", "2"}) {
      const auto ack = *client.next_object();
      EXPECT_EQ(field(ack, "type"), "ack");
      EXPECT_EQ(field(ack, "id"), id);
    }
  }

  manual_clock_source clock;
  server_rig rig{{}, &clock};
};

TEST_F(closing,
       what_came_before_a_close_in_the_same_segment_is_acked_before_the_close_is_answered) {
  auto client = ended_after_sends(close_frame(1000));
  EXPECT_TRUE(client.is_quiet(50ms));
  rig.answer_held();
  expect_acks(client);
  EXPECT_EQ(client.next_frame()->close_code(), 1000u);
  EXPECT_FALSE(client.next_frame());
  client.disconnect();
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.connections == 0; }));
}

TEST_F(closing, no_event_follows_a_close_although_acks_do) {
  auto client = ended_after_sends(close_frame(1001), R"({"type":"subscribe","room":"r"})");
  rig.post("default/r", "bob", "not for those who go");
  rig.answer_held();
  expect_acks(client);
  EXPECT_EQ(client.next_frame()->close_code(), 1001u);
  EXPECT_FALSE(client.next_frame());
}

TEST_F(closing, a_close_is_answered_without_acks_that_do_not_come_in_time) {
  auto client = ended_after_sends(close_frame(1000));
  clock.advance(1900ms);
  EXPECT_TRUE(client.is_quiet(50ms));
  clock.advance(200ms);
  EXPECT_EQ(client.next_frame()->close_code(), 1000u);
  EXPECT_FALSE(client.next_frame());
  client.disconnect();
  EXPECT_TRUE(rig.eventually(
      [](const auto& s) { return s.connections == 0 && s.commands_in_flight == 0; }));
}

TEST_F(closing, what_came_before_an_error_is_acked_before_the_error_is_closed) {
  auto client = ended_after_sends(ws_client::frame_bytes(1, "\xff"));
  EXPECT_TRUE(client.is_quiet(50ms));
  rig.answer_held();
  expect_acks(client);
  EXPECT_EQ(client.next_frame()->close_code(), 1007u);
}

TEST_F(closing, what_came_before_the_end_of_the_input_is_acked) {
  auto client = ended_after_sends({});
  ::shutdown(client.socket(), SHUT_WR);
  EXPECT_TRUE(client.is_quiet(50ms));
  rig.answer_held();
  expect_acks(client);
  EXPECT_FALSE(client.next_frame());
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.connections == 0; }));
}

TEST_F(closing, a_peer_that_is_gone_is_not_waited_for_longer_than_its_answers) {
  { auto client = ended_after_sends({}); }
  rig.answer_held();
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.connections == 0; }));
}

TEST_F(closing, no_event_follows_a_close_from_this_side) {
  auto client = rig.sign_in("ann");
  client.send_text(R"({"type":"subscribe","room":"r"})");
  while (field(*client.next_object(), "type") != "live") {
  }
  std::thread stopper([&] { rig.server().stop(20s); });
  EXPECT_EQ(client.next_frame()->close_code(), 1012u);
  rig.post("default/r", "bob", "too late");
  EXPECT_TRUE(client.is_quiet(50ms));
  client.send_close(1012);
  EXPECT_FALSE(client.next_frame());
  client.disconnect();
  stopper.join();
}

TEST_F(closing, an_upgrade_that_ends_after_the_server_began_to_close_is_closed_with_the_same_code) {
  auto open = rig.sign_in("ann");
  ws_client late(rig.port(), {"", {}, 0, false});
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.connections == 2; }));
  std::thread stopper([&] { rig.server().stop(20s, 1001); });
  EXPECT_EQ(open.wait_close()->close_code(), 1001u);
  late.send_bytes(
      "GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  std::string seen;
  const std::string close_1001("\x88\x02\x03\xe9", 4);
  while (seen.find(close_1001) == std::string::npos) {
    const auto more = late.read_some();
    if (more.empty()) break;
    seen += more;
  }
  EXPECT_NE(seen.find(close_1001), std::string::npos) << seen;
  open.send_close(1001);
  late.send_bytes(close_frame(1001));
  stopper.join();
}

}  // namespace
}  // namespace roomlog::testing
