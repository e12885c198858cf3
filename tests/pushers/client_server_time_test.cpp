// What the server owes at a time comes then, also on a connection whose other timers have passed.
#include <gtest/gtest.h>

#include "tests/pushers/client_server_rig.h"
#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// A server with one event loop and a clock that the test moves.
struct server_time : ::testing::Test {
  // Moves the clock to the next ping of a connection that is quiet. Whatever else is due by then
  // has been called when the ping arrives: one turn of the timers calls them all.
  void pass_a_ping() {
    clock.advance(900ms);
    EXPECT_EQ(witness->next_frame()->opcode, 9u);
  }
  void connect_witness() {
    witness.emplace(rig.sign_in("eve"));
    witness->auto_pong = false;
  }

  manual_clock_source clock;
  server_rig rig{[](client_server_options& options) {
                   options.shards = 1;
                   options.limits.page_bytes = 4096;
                   options.limits.tail_bytes_per_room = 4096;
                 },
                 &clock};
  std::optional<ws_client> witness;
};

TEST_F(server_time, a_peer_that_leaves_the_close_unanswered_is_cut_after_close_wait) {
  auto silent = rig.sign_in("ann");
  connect_witness();
  silent.send_frame(2, "x");
  EXPECT_EQ(silent.wait_close()->close_code(), 1003u);
  pass_a_ping();  // which the closing connection does not send, though it is due
  clock.advance(1200ms);
  EXPECT_FALSE(silent.next_frame());
}

// S2.2.1.3
TEST_F(server_time, a_reader_that_catches_up_gets_nothing_after_its_token_has_expired) {
  rig.world.create("default/r", "ann");
  for (int i = 0; i < 3000; ++i) rig.post("default/r", "ann", std::string(3000, 'x'));
  rig.adjust_principal = [this](principal& who) {
    if (who.user == "ann") who.expires = timestamp{clock.now().value + 2'000'000};
  };
  auto reader = rig.sign_in("ann", {.receive_buffer_bytes = 4096});
  connect_witness();
  reader.send_text(R"({"type":"subscribe","room":"r","after_seq":0})");
  ASSERT_TRUE(rig.eventually([](const auto& s) { return s.sends_short_total > 0; }));
  pass_a_ping();  // which finds the next page due, and the socket full
  clock.advance(1200ms);
  const auto close = reader.wait_close();
  ASSERT_TRUE(close);
  EXPECT_EQ(close->close_code(), 4503u);
}

// ---- peers that are refused are slowed down ----

TEST_F(server_time, after_a_refusal_for_a_rate_the_next_request_waits_for_a_tick) {
  rig.admit_reads = [](const principal&) {
    return make_client_error(error_code::rate_limited, "too many");
  };
  const std::string request =
      "GET /v1/rooms HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ann\r\n\r\n";
  ws_client client(rig.port(), {"", {}, 0, false});
  client.send_bytes(request + request);
  const auto answers = [&](std::uint64_t wanted) {
    return rig.eventually([&](const auto& s) { return s.http_rate_limited_total == wanted; });
  };
  ASSERT_TRUE(answers(1));
  EXPECT_TRUE(client.read_some().starts_with("HTTP/1.1 429"));
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.http_requests_total == 1; }));
  clock.advance(100ms);
  EXPECT_TRUE(answers(2));
  EXPECT_TRUE(client.read_some().starts_with("HTTP/1.1 429"));
}

TEST_F(server_time, a_body_that_is_not_read_keeps_the_connection_for_a_while) {
  ws_client client(rig.port(), {"", {}, 0, false});
  client.send_bytes("POST /v1/rooms HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_TRUE(client.read_some().starts_with("HTTP/1.1 4"));
  EXPECT_TRUE(client.is_quiet(50ms)) << "it has not ended";
  clock.advance(200ms);
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace roomlog::testing
