// The server on real sockets: identity, limits, the end.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "tests/pushers/client_server_rig.h"
#include "tests/pushers/subscribing.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// S1.7, S1.20: /ws; S2.2.1.4: in the handshake
TEST(server, takes_the_token_from_the_header_the_sub_protocol_and_the_first_frame) {
  server_rig rig;
  ws_client by_header = rig.sign_in("ann");
  EXPECT_EQ(by_header.response_head().find("Sec-WebSocket-Protocol"), std::string::npos);

  ws_client by_protocol(rig.port(),
                        {"/ws", {{"Sec-WebSocket-Protocol", "roomlog.v1.json, bearer.bob"}}});
  EXPECT_NE(by_protocol.response_head().find("Sec-WebSocket-Protocol: roomlog.v1.json\r\n"),
            std::string::npos);
  EXPECT_EQ(field(next_of(by_protocol, "authenticated"), "user"), "bob");

  // One list in two header fields.
  ws_client by_second(rig.port(), {"/ws",
                                   {{"Sec-WebSocket-Protocol", "roomlog.v1.json"},
                                    {"Sec-WebSocket-Protocol", "other, bearer.bob"}}});
  EXPECT_NE(by_second.response_head().find("Sec-WebSocket-Protocol: roomlog.v1.json\r\n"),
            std::string::npos);
  EXPECT_EQ(field(next_of(by_second, "authenticated"), "user"), "bob");

  ws_client by_frame(rig.port());
  EXPECT_EQ(field(*by_frame.next_object(), "type"), "hello");
  by_frame.send_text(R"({"type":"auth","id":1,"token":"eve"})");
  EXPECT_EQ(*by_frame.next_object(), R"({"type":"authenticated","id":1,"user":"eve"})");
}

// S1.28, S2.2.1.2
TEST(server, a_bad_token_is_answered_with_an_error_and_its_close_code) {
  server_rig rig;
  ws_client client(rig.port(), {"/v1/ws", {{"Authorization", "Bearer bad"}}});
  EXPECT_EQ(field(next_of(client, "error"), "code"), "token_malformed");
  // next_of() stopped before the close frame.
  EXPECT_EQ(client.wait_close()->close_code(), 4501u);
  client.send_close(4501);
  EXPECT_FALSE(client.next_frame());
}

TEST(server, frames_that_follow_the_upgrade_request_at_once_are_not_lost) {
  server_rig rig;
  ws_client client(rig.port(), {"", {}, 0, false});
  client.send_bytes(
      "GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" +
      ws_client::frame_bytes(1, R"({"type":"auth","token":"ann"})") +
      ws_client::frame_bytes(1, R"({"type":"ping","id":77})"));
  std::string seen;
  while (seen.find(R"({"type":"pong","id":77})") == std::string::npos) {
    const auto more = client.read_some();
    ASSERT_FALSE(more.empty()) << seen;
    seen += more;
  }
}

TEST(server, every_command_carries_the_trace_context_of_its_connection) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string other = "00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-00";
  server_rig rig;
  rig.world.create("default/r", "ann");
  const auto send_from = [&](ws_connect_options options, int times = 1) {
    auto ann = rig.sign_in("ann", std::move(options));
    for (int i = 0; i < times; ++i) {
      ann.send_text(R"({"type":"send","id":1,"room":"r","text":"hello","cid":"c)" +
                    std::to_string(i) + "\"}");
      EXPECT_EQ(field(*ann.next_object(), "type"), "ack");
    }
  };
  send_from({.headers = {{"TraceParent", " " + trace + " "}}}, 2);
  send_from({.headers = {{"traceparent", other}}});
  send_from({});
  send_from({.headers = {{"traceparent", trace.substr(1)}}});
  send_from({.headers = {{"traceparent", trace}, {"traceparent", other}}});
  EXPECT_EQ(rig.traces(), (std::vector<std::string>{trace, trace, other, "", "", ""}));
}

TEST(server, one_connection_too_many_is_told_4001) {
  server_rig rig([](client_server_options& options) { options.limits.connections_max = 2; });
  auto first = rig.sign_in("ann");
  auto second = rig.sign_in("ann");
  ws_client third(rig.port());
  const auto close = third.wait_close();
  EXPECT_EQ(close->close_code(), 4001u);
  EXPECT_EQ(field(close->close_reason(), "retry_after_ms"), "1000");
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.closes_total.of(4001) == 1; }));
  second.disconnect();
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.sessions == 1; }));
  auto fourth = rig.sign_in("ann");
}

TEST(server, a_message_of_the_largest_size_is_taken_and_one_byte_more_is_1009) {
  server_rig rig;
  auto client = rig.sign_in("ann");
  std::string message = R"({"type":"ping","id":1})";
  message.resize(64 * 1024, ' ');
  client.send_text(message);
  EXPECT_EQ(*client.next_object(), R"({"type":"pong","id":1})");
  client.send_text(message + ' ');
  EXPECT_EQ(client.wait_close()->close_code(), 1009u);
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.closes_total.of(1009) == 1; }));
}

// The buffer of a large message was given back while the next read into it was under way.

TEST(server, commands_beyond_the_limit_wait_in_the_socket_and_are_answered_in_time) {
  server_rig rig([](client_server_options& options) { options.limits.commands_in_flight_max = 4; });
  rig.world.create("default/r", "ann");
  auto client = rig.sign_in("ann");
  for (int i = 0; i < 1000; ++i)
    client.send_text(R"({"type":"send","id":)" + std::to_string(i) + R"(,"room":"r","cid":"c)" +
                     std::to_string(i) + R"(","text":"x"})");
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(field(*client.next_object(), "id"), std::to_string(i));
}

TEST(server, binary_messages_and_broken_text_end_the_connection) {
  server_rig rig;
  auto binary = rig.sign_in("ann");
  binary.send_frame(2, "x");
  EXPECT_EQ(binary.wait_close()->close_code(), 1003u);
  auto broken = rig.sign_in("ann");
  broken.send_text("\xff");
  EXPECT_EQ(broken.wait_close()->close_code(), 1007u);
  auto unmasked = rig.sign_in("ann");
  unmasked.send_bytes(std::string("\x81\x01x", 3));
  EXPECT_EQ(unmasked.wait_close()->close_code(), 1002u);
  EXPECT_TRUE(rig.eventually([](const auto& s) {
    return s.closes_total.of(1003) == 1 && s.closes_total.of(1007) == 1 &&
           s.closes_total.of(1002) == 1 && s.closes_total.of(1009) == 0;
  }));
}

// S2.2.6.1, conflict 10
TEST(server, a_dead_peer_is_found_by_ping_within_five_seconds) {
  manual_clock_source clock;
  server_rig rig({}, &clock);
  auto dead = rig.sign_in("ann");
  auto alive = rig.sign_in("bob");
  dead.auto_pong = false;
  const auto advance = [&](std::chrono::milliseconds by) {
    clock.advance(by);
    alive.send_text(R"({"type":"ping"})");
    EXPECT_EQ(field(*alive.next_object(), "type"), "pong");
  };
  advance(900ms);
  EXPECT_EQ(dead.next_frame()->opcode, 9u);
  advance(3900ms);
  EXPECT_TRUE(dead.is_quiet(50ms));
  advance(200ms);
  EXPECT_EQ(dead.wait_close()->close_code(), 4000u);
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.ping_timeouts_total == 1; }));
  // It does not answer the close frame either.
  advance(3000ms);
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.connections == 1; }));
}

// S1.36
TEST(server, pings_of_clients_are_answered_with_their_payload) {
  server_rig rig;
  auto client = rig.sign_in("ann");
  client.send_frame(9, "are you there");
  const auto pong = client.next_frame();
  EXPECT_EQ(pong->opcode, 10u);
  EXPECT_EQ(pong->payload, "are you there");
}

TEST(server, other_requests_are_refused_as_http_says) {
  server_rig rig([](client_server_options& options) { options.limits.http_head_bytes_max = 1000; });
  const auto answer_to = [&](const std::string& request) {
    ws_client client(rig.port(), {"", {}, 0, false});
    client.send_bytes(request);
    return client.read_to_end().substr(9, 3);
  };
  const std::string end = "\r\nHost: h\r\nConnection: close\r\n";
  EXPECT_EQ(answer_to("GET /nowhere HTTP/1.1" + end + "\r\n"), "404");
  EXPECT_EQ(answer_to("GET /v1/ws HTTP/1.1" + end + "\r\n"), "426");
  EXPECT_EQ(answer_to("rubbish\r\n\r\n"), "400");
  EXPECT_EQ(answer_to("PUT /x HTTP/1.1" + end + "Content-Length: 10\r\n\r\n1234567890"), "404");
  // Decided from the head: no body is waited for, and none is asked for.
  const std::string body = "Content-Length: 1048576\r\nExpect: 100-continue\r\n\r\n";
  EXPECT_EQ(answer_to("PUT /x HTTP/1.1" + end + body), "404");
  EXPECT_EQ(answer_to("PUT /v1/rooms HTTP/1.1" + end + body), "405");
  EXPECT_EQ(answer_to("GET /v1/rooms HTTP/1.1" + end + body), "401");
  EXPECT_EQ(answer_to("GET /v1/rooms HTTP/1.1" + end + "Authorization: Bearer ann\r\n" + body),
            "413");
  EXPECT_EQ(answer_to("GET /v1/rooms HTTP/1.1" + end +
                      "Authorization: Bearer ann\r\nTransfer-Encoding: chunked\r\n\r\nrubbish"),
            "413");
  const auto head_of = [&](std::size_t bytes) {
    const std::string head = "GET /x HTTP/1.1" + end + "X: ";
    return head + std::string(bytes - head.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(answer_to(head_of(1000)), "404");
  EXPECT_EQ(answer_to(head_of(1001)), "431");
  EXPECT_EQ(answer_to("GET /v1/ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                      "Sec-WebSocket-Version: 12\r\n\r\n"),
            "426");
  EXPECT_TRUE(rig.eventually([](const auto& s) {
    const auto& told = s.http_responses_total;
    return told.of(404) == 4 && told.of(405) == 1 && told.of(413) == 2 && told.of(431) == 1 &&
           told.of(400) == 1;
  }));
}

TEST(server, a_request_that_does_not_come_is_not_waited_for) {
  manual_clock_source clock;
  server_rig rig({}, &clock);
  ws_client client(rig.port(), {"", {}, 0, false});
  client.send_bytes("GET / HT");
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.connections == 1; }));
  clock.advance(11s);
  EXPECT_TRUE(client.read_to_end().empty());
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.http_timeouts_total == 1; }));
}

TEST(server, drain_and_stop_are_said_and_end_every_connection) {
  server_rig rig;
  auto client = rig.sign_in("ann");
  rig.server().drain(1500ms);
  EXPECT_EQ(*client.next_object(), R"({"type":"drain","after_ms":1500})");
  std::thread stopper([&] { rig.server().stop(); });
  const auto close = client.wait_close();
  EXPECT_EQ(close->close_code(), 1012u);
  client.send_close(1012);
  EXPECT_FALSE(client.next_frame());
  stopper.join();
  EXPECT_THROW(ws_client(rig.port()), std::runtime_error);
}

TEST(server, stop_does_not_wait_for_ever_for_a_peer_that_does_not_answer) {
  server_rig rig;
  auto client = rig.sign_in("ann");
  const auto begin = std::chrono::steady_clock::now();
  rig.server().stop(100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST(server, an_address_that_cannot_be_had_is_named) {
  server_rig rig;
  room_world world;
  client_server_options options;
  options.port = rig.port();
  system_clock_source clock;
  struct nothing final : command_port {
    std::optional<client_error> admit_read(const principal&) override { return std::nullopt; }
    void verify_token(session_key, std::string) override {}
    void check_token(std::string, std::function<void(token_answer)>) override {}
    std::optional<command_outcome> submit(session_key, const principal&, event_command) override {
      return std::nullopt;
    }
    void session_closed(session_key) override {}
  } port;
  client_server second(options, world, world, port, clock);
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("127.0.0.1:" + std::to_string(rig.port())),
            std::string::npos);
}

}  // namespace
}  // namespace roomlog::testing
