// Connections beside one another: what one does or suffers costs the others nothing.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/pushers/client_server_rig.h"
#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

void follow(ws_client& client) {
  client.send_text(R"({"type":"subscribe","id":9,"room":"r"})");
  while (field(client.next_object().value(), "type") != "live") {
  }
}

// S3.19: one is broken; S4.4, S4.6: one reads nothing. The sender and everybody else go on.
TEST(peers, one_that_breaks_and_one_that_reads_nothing_hold_nobody_up) {
  server_rig rig([](client_server_options& options) {
    options.shards = 1;
    options.limits.kernel_unsent_bytes = 4096;
    options.limits.tail_bytes_per_room = 64 * 1024;
  });
  rig.world.create("default/r", "ann");
  ws_connect_options narrow;
  narrow.receive_buffer_bytes = 4096;
  auto stuck = rig.sign_in("ann", narrow), broken = rig.sign_in("ann");
  auto reader = rig.sign_in("ann"), sender = rig.sign_in("ann");
  for (auto* each : {&stuck, &broken, &reader}) follow(*each);
  constexpr int messages = 1000;
  for (int i = 0; i < messages; ++i) {
    if (i == 10) {
      const linger at_once{1, 0};  // the connection is reset
      ::setsockopt(broken.socket(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      broken.disconnect();
    }
    const auto number = std::to_string(i);
    sender.send_text(R"({"type":"send","id":)" + number + R"(,"room":"r","cid":"c)" + number +
                     R"(","text":")" + std::string(1000, 'x') + "\"}");
    EXPECT_EQ(field(sender.next_object().value(), "type"), "ack");
    EXPECT_EQ(field(reader.next_object().value(), "seq"), std::to_string(i + 2));
  }
  EXPECT_TRUE(
      rig.eventually([](const auto& s) { return s.sends_short_total > 0 && s.connections == 3; }));
  for (int i = 0; i < messages; ++i) {
    ASSERT_EQ(field(stuck.next_object().value(), "seq"), std::to_string(i + 2));
  }
}

// S0.9, S1.21
TEST(peers, a_push_waits_for_no_timer) {
  const manual_clock_source stands_still;
  server_rig rig([](client_server_options& options) { options.times.tick = 1h; }, &stands_still);
  rig.world.create("default/r", "ann");
  auto reader = rig.sign_in("ann"), sender = rig.sign_in("ann");
  follow(reader);
  for (int i = 0; i < 10; ++i) {
    sender.send_text(R"({"type":"send","id":1,"room":"r","cid":"c)" + std::to_string(i) +
                     R"(","text":"hello"})");
    EXPECT_EQ(field(reader.next_object().value(), "text"), "hello");
  }
}

}  // namespace
}  // namespace roomlog::testing
