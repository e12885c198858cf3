// RFC 6455 as suites of others try it, against the transport around an echo.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>

#include "pushers/transport/listener.h"
#include "tests/pushers/transport/echo_application.h"
#include "tests/testing/ws_client.h"

namespace roomlog::testing {
namespace {

constexpr unsigned text = 1, binary = 2, continuation = 0, close_op = 8, ping = 9, pong = 10;
constexpr std::size_t largest = 16 << 20;

struct conformance : ::testing::Test {
  void SetUp() override {
    auto opened = listener::open("127.0.0.1", 0, loop, [this](int socket, const ip_address& peer) {
      serve_connection(loop, settings, {socket, peer, nullptr});
    });
    ASSERT_TRUE(opened);
    listening = std::move(*opened);
    loop.start();
    client = connect();
  }
  void TearDown() override {
    listening->close();
    loop.stop();
  }
  ws_client connect() { return ws_client(listening->port(), {"/", {}}); }
  // Sends the bytes one by one or in pieces, so that they arrive in several reads.
  void send_chopped(std::string_view bytes, std::size_t piece) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
      client.send_bytes(bytes.substr(0, piece));
  }
  void expect_echo(unsigned opcode, const std::string& payload) {
    const auto frame = client.next_frame();
    ASSERT_TRUE(frame);
    EXPECT_TRUE(frame->fin);
    EXPECT_EQ(frame->rsv, 0u);
    EXPECT_EQ(frame->opcode, opcode);
    EXPECT_EQ(frame->payload.size(), payload.size());
    EXPECT_TRUE(frame->payload == payload);
  }
  // The server closes with that code, then ends the connection.
  void expect_failed(unsigned code) {
    const auto frame = client.wait_close();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->close_code(), code);
    EXPECT_FALSE(client.next_frame());
  }

  system_clock_source clock;
  event_loop loop{clock, std::chrono::milliseconds(10)};
  connection_settings settings = echo_settings(largest);
  std::unique_ptr<listener> listening;
  ws_client client;
};

TEST_F(conformance, messages_of_every_length_form_come_back) {
  for (const std::size_t size : {0, 1, 125, 126, 127, 128, 65535, 65536, 65537}) {
    client.send_frame(text, std::string(size, '*'));
    expect_echo(text, std::string(size, '*'));
    client.send_frame(binary, std::string(size, '\xfe'));
    expect_echo(binary, std::string(size, '\xfe'));
  }
}

TEST_F(conformance, messages_that_arrive_in_pieces_come_back) {
  send_chopped(ws_client::frame_bytes(text, std::string(300, 'x')), 1);
  expect_echo(text, std::string(300, 'x'));
  send_chopped(ws_client::frame_bytes(binary, std::string(65536, 'x')), 997);
  expect_echo(binary, std::string(65536, 'x'));
}

TEST_F(conformance, many_messages_of_one_packet_come_back_in_order) {
  std::string bytes;
  for (int i = 0; i < 500; ++i) bytes += ws_client::frame_bytes(text, std::to_string(i));
  client.send_bytes(bytes);
  for (int i = 0; i < 500; ++i) expect_echo(text, std::to_string(i));
}

TEST_F(conformance, the_largest_message_comes_back_whole_and_in_fragments) {
  const std::string payload(largest, 'm');
  client.send_frame(binary, payload);
  expect_echo(binary, payload);
  constexpr std::size_t piece = 1 << 20;
  for (std::size_t at = 0; at < payload.size(); at += piece)
    client.send_frame(at == 0 ? text : continuation, std::string_view(payload).substr(at, piece),
                      at + piece == payload.size());
  expect_echo(text, payload);
}

TEST_F(conformance, one_byte_more_than_the_largest_is_too_big) {
  client.send_frame(text, std::string(largest, 'm'), false);
  client.send_frame(continuation, "m", true);
  expect_failed(1009);
}

TEST_F(conformance, pings_are_answered_with_their_payload) {
  client.auto_pong = false;
  for (const std::size_t size : {0, 1, 125}) {
    client.send_frame(ping, std::string(size, '\xff'));
    const auto answer = client.next_frame();
    EXPECT_EQ(answer->opcode, pong);
    EXPECT_EQ(answer->payload, std::string(size, '\xff'));
  }
  send_chopped(ws_client::frame_bytes(ping, "in pieces"), 1);
  EXPECT_EQ(client.next_frame()->payload, "in pieces");
  for (int i = 0; i < 10; ++i) client.send_frame(ping, std::to_string(i));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.next_frame()->payload, std::to_string(i));
}

TEST_F(conformance, a_pong_that_nobody_asked_for_is_ignored) {
  client.send_frame(pong, "unasked");
  client.send_frame(text, "next");
  expect_echo(text, "next");
}

TEST_F(conformance, control_frames_are_short_and_whole) {
  for (const auto& bytes :
       {ws_client::frame_bytes(ping, std::string(126, 'x')),
        ws_client::frame_bytes(ping, "x", false), ws_client::frame_bytes(pong, "x", false),
        ws_client::frame_bytes(close_op, std::string(126, 'x'))}) {
    client = connect();
    client.send_bytes(bytes);
    expect_failed(1002);
  }
}

TEST_F(conformance, reserved_bits_and_opcodes_are_refused) {
  for (unsigned rsv = 1; rsv < 8; ++rsv) {
    client = connect();
    client.send_frame(text, "x", true, rsv);
    expect_failed(1002);
  }
  for (const unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u}) {
    client = connect();
    client.send_frame(text, "before");
    client.send_frame(opcode, "x");
    expect_echo(text, "before");
    expect_failed(1002);
  }
}

TEST_F(conformance, frames_that_are_not_masked_are_refused) {
  client.send_bytes("\x81\x01x");
  expect_failed(1002);
}

TEST_F(conformance, fragments_are_joined_with_control_frames_in_between) {
  client.auto_pong = false;
  client.send_frame(text, "frag", false);
  client.send_frame(ping, "p1");
  client.send_frame(continuation, "", false);
  client.send_frame(pong, "unasked");
  client.send_frame(continuation, "men", false);
  client.send_frame(ping, "p2");
  client.send_frame(continuation, "ted");
  EXPECT_EQ(client.next_frame()->payload, "p1");
  EXPECT_EQ(client.next_frame()->payload, "p2");
  expect_echo(text, "fragmented");
  client.send_frame(text, "", false);
  client.send_frame(continuation, "", false);
  client.send_frame(continuation, "");
  expect_echo(text, "");
}

TEST_F(conformance, fragments_out_of_place_are_refused) {
  client.send_frame(continuation, "nothing before");
  expect_failed(1002);
  client = connect();
  client.send_frame(text, "open", false);
  client.send_frame(text, "another");
  expect_failed(1002);
  client = connect();
  client.send_frame(text, "a", false);
  client.send_frame(continuation, "b");
  client.send_frame(continuation, "c", false);
  expect_echo(text, "ab");
  expect_failed(1002);
}

TEST_F(conformance, utf8_may_be_cut_anywhere) {
  const std::string payload = "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xe2\x82\xac-\xf0\x9f\x98\x80";
  for (std::size_t cut = 0; cut <= payload.size(); ++cut) {
    client.send_frame(text, payload.substr(0, cut), false);
    client.send_frame(continuation, payload.substr(cut));
    expect_echo(text, payload);
  }
  for (std::size_t i = 0; i < payload.size(); ++i)
    client.send_frame(i == 0 ? text : continuation, payload.substr(i, 1), i + 1 == payload.size());
  expect_echo(text, payload);
  send_chopped(ws_client::frame_bytes(text, payload), 1);
  expect_echo(text, payload);
}

TEST_F(conformance, the_edges_of_utf8_are_taken) {
  for (const char* good :
       {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    client.send_frame(text, good);
    expect_echo(text, good);
  }
}

TEST_F(conformance, text_that_is_not_utf8_is_refused) {
  for (const char* bad : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
                          "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80", "\xfe", "\xff", "\xc3", "\xe2\x82",
                          "\xf0\x9f\x98", "ok\xce\xba\xe1\xbd\xb9\xed\xa0\x80x"}) {
    client = connect();
    client.send_frame(text, bad);
    expect_failed(1007);
  }
}

TEST_F(conformance, broken_text_is_refused_before_its_message_ends) {
  client.send_frame(text, "\xce\xba\xe1\xbd\xb9", false);
  client.send_frame(continuation, "\xf4\x90\x80\x80", false);
  expect_failed(1007);
  // Within one frame too: its rest never comes.
  client = connect();
  client.send_bytes(
      ws_client::frame_bytes(text, "\xce\xba\xff" + std::string(5000, 'x')).substr(0, 20));
  expect_failed(1007);
}

TEST_F(conformance, a_close_is_answered_with_its_code) {
  for (const unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 3000u,
                              3999u, 4000u, 4999u}) {
    client = connect();
    client.send_close(code, "why");
    expect_failed(code);
  }
  client = connect();
  client.send_close(1000, std::string(123, 'x'));
  expect_failed(1000);
}

TEST_F(conformance, a_close_without_a_code_is_answered) {
  client.send_frame(close_op, "");
  const auto answer = client.wait_close();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->close_code() == 1000 || answer->close_code() == 1005);
  EXPECT_FALSE(client.next_frame());
}

TEST_F(conformance, closes_that_break_the_rules_are_refused) {
  for (const unsigned code :
       {0u, 999u, 1004u, 1005u, 1006u, 1016u, 1100u, 2000u, 2999u, 5000u, 65535u}) {
    client = connect();
    client.send_close(code);
    expect_failed(1002);
  }
  client = connect();
  client.send_frame(close_op, "x");
  expect_failed(1002);
  client = connect();
  client.send_close(1000, "\xce\xba\xff");
  const auto answer = client.wait_close();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->close_code() == 1002 || answer->close_code() == 1007);
}

TEST_F(conformance, nothing_is_answered_after_a_close) {
  client.auto_pong = false;
  client.send_bytes(ws_client::frame_bytes(text, "before") +
                    ws_client::frame_bytes(close_op, std::string("\x03\xe8", 2)) +
                    ws_client::frame_bytes(ping, "after") + ws_client::frame_bytes(text, "after"));
  expect_echo(text, "before");
  EXPECT_EQ(client.next_frame()->close_code(), 1000u);
  EXPECT_FALSE(client.next_frame());
}

TEST_F(conformance, a_close_behind_a_large_message_is_answered_behind_its_echo) {
  const std::string payload(256 * 1024, 'x');
  client.send_frame(text, payload);
  client.send_close(1000);
  client.send_frame(ping, "after");
  expect_echo(text, payload);
  expect_failed(1000);
}

TEST_F(conformance, a_peer_that_reads_nothing_holds_no_more_than_its_budget) {
  ws_connect_options narrow{"/", {}};
  narrow.receive_buffer_bytes = 4096;
  client = ws_client(listening->port(), narrow);
  client.auto_pong = false;
  // Pings are answered by the library, below the application: they are held back too.
  const auto one = ws_client::frame_bytes(ping, std::string(125, 'p'));
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += one;
  constexpr std::size_t kernel_buffers = 32 << 20;
  std::size_t sent = 0;
  pollfd writable{client.socket(), POLLOUT, 0};
  while (::poll(&writable, 1, 300) == 1) {
    ASSERT_LT(sent, kernel_buffers) << "the server reads on without an end";
    const auto rest = std::string_view(pings).substr(sent % pings.size());
    const auto n = ::send(client.socket(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  // Now it reads: every ping that went out whole is answered.
  for (std::size_t i = 0; i < sent / one.size(); ++i) {
    const auto answer = client.next_frame();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->opcode, pong);
  }
}

}  // namespace
}  // namespace roomlog::testing
