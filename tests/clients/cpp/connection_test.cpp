// A connection against a server that says what the test tells it to.
#include "clients/cpp/connection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <functional>
#include <optional>

#include "tests/clients/cpp/scripted_peer.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

// Owns a connection, runs it in this thread and writes down what it is told.
class listener final : public client::events {
 public:
  explicit listener(const client::target& to) {
    line.emplace(io, to, client::login{"a-token", "tester"}, *this);
  }

  // False where it takes too long.
  bool run_until(const std::function<bool()>& over) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!over()) {
      if (std::chrono::steady_clock::now() > end) return false;
      if (io.stopped()) io.restart();
      io.run_one_for(20ms);
    }
    return true;
  }
  bool run_until_told(const std::string& what) {
    return run_until([&] { return std::ranges::count(told, what) != 0; });
  }
  bool run_to_close() {
    return run_until([&] { return closing.has_value(); });
  }

  void opened(const client::greeting& from) override {
    told.push_back("opened " + from.epoch);
    if (on_open) on_open();
  }
  void answered(const client::answer& to, const boost::json::object& frame) override {
    told.push_back("answered " + std::to_string(to.id) + ' ' + boost::json::serialize(frame));
  }
  void received(const boost::json::object& frame) override {
    told.push_back("received " + client::text_of(frame, "type"));
  }
  void draining(std::chrono::milliseconds after) override {
    told.push_back("draining " + std::to_string(after.count()));
  }
  void batch_done() override { told.push_back("done"); }
  void closed(const client::closing& why) override {
    told.push_back("closed");
    closing = why;
  }

  boost::asio::io_context io;
  std::optional<client::connection> line;
  std::vector<std::string> told;
  std::optional<client::closing> closing;
  std::function<void()> on_open;
};

TEST(client_connection, the_token_goes_with_the_upgrade) {
  std::string token, protocol, agent;
  scripted_peer peer([&](peer_line& to) {
    token = to.header("Authorization");
    protocol = to.header("Sec-WebSocket-Protocol");
    agent = to.header("User-Agent");
    to.let_in();
    to.hear();
  });
  listener me(peer.target());
  ASSERT_TRUE(me.run_until_told("opened e"));
  EXPECT_TRUE(me.line->is_open());
  me.line.reset();
  me.run_until([&] { return me.io.stopped(); });
  peer.join();
  EXPECT_EQ(token, "Bearer a-token");
  EXPECT_EQ(protocol, "roomlog.v1.json");
  EXPECT_EQ(agent, "tester");
}

TEST(client_connection, frames_of_one_message_are_given_one_by_one_as_what_they_are) {
  scripted_peer peer([](peer_line& to) {
    to.let_in();
    to.say(
        "{\"type\":\"event\",\"seq\":1}\n{\"type\":\"ack\",\"id\":7}\n\n{\"type\":\"pong\"}\n"
        "{\"type\":\"drain\",\"after_ms\":1500}\n{\"type\":\"error\",\"code\":\"internal\"}");
    to.hear();
  });
  listener me(peer.target());
  ASSERT_TRUE(me.run_until_told("received error"));
  ASSERT_TRUE(me.run_until([&] { return std::ranges::count(me.told, "done") == 2; }));
  EXPECT_EQ(me.told, (std::vector<std::string>{"opened e", "done", "received event",
                                               R"(answered 7 {"type":"ack","id":7})",
                                               "draining 1500", "received error", "done"}));
}

TEST(client_connection, commands_of_one_turn_go_out_in_one_message) {
  std::string first, second;
  scripted_peer peer([&](peer_line& to) {
    to.let_in();
    first = to.hear();
    to.say(R"({"type":"ok","id":1})");
    second = to.hear();
    to.say(R"({"type":"ok","id":2})");
    to.hear();
  });
  listener me(peer.target());
  me.on_open = [&] {
    me.line->send(R"({"id":1})");
    me.line->send(R"({"id":2})");
  };
  ASSERT_TRUE(me.run_until_told(R"(answered 1 {"type":"ok","id":1})"));
  me.line->ping();
  ASSERT_TRUE(me.run_until_told(R"(answered 2 {"type":"ok","id":2})"));
  me.line.reset();
  me.run_until([&] { return me.io.stopped(); });
  peer.join();
  EXPECT_EQ(first, "{\"id\":1}\n{\"id\":2}");
  EXPECT_EQ(second, R"({"type":"ping"})");
}

TEST(client_connection, a_message_stays_below_the_bound_of_the_server_and_holds_whole_commands) {
  const std::string command = "\"" + std::string(20'000, 'x') + "\"";
  const std::string large = "\"" + std::string(60'000, 'y') + "\"";
  std::vector<std::string> heard;
  scripted_peer peer([&](peer_line& to) {
    to.let_in();
    for (int i = 0; i < 3; ++i) heard.push_back(to.hear());
    to.close(1000, "");
  });
  listener me(peer.target());
  me.on_open = [&] {
    for (int i = 0; i < 3; ++i) me.line->send(command);
    me.line->send(large);
  };
  ASSERT_TRUE(me.run_to_close());
  peer.join();
  EXPECT_EQ(heard, (std::vector<std::string>{command + '\n' + command, command, large}));
}

TEST(client_connection, a_close_is_told_with_its_code_and_reason) {
  scripted_peer peer([](peer_line& to) {
    to.let_in();
    to.close(4001, R"({"retry_after_ms":50})");
  });
  listener me(peer.target());
  ASSERT_TRUE(me.run_to_close());
  EXPECT_EQ(me.closing->code, 4001u);
  EXPECT_EQ(me.closing->reason, R"({"retry_after_ms":50})");
  EXPECT_EQ(me.closing->text, R"(closed by the server: 4001 {"retry_after_ms":50})");
  EXPECT_FALSE(me.line->is_open());
}

TEST(client_connection, a_token_that_is_not_taken_is_an_error_and_a_close_without_an_opening) {
  scripted_peer peer([](peer_line& to) {
    to.say("{\"type\":\"hello\"}\n{\"type\":\"error\",\"code\":\"token_signature\"}");
    to.close(4502, "");
  });
  listener me(peer.target());
  ASSERT_TRUE(me.run_to_close());
  EXPECT_EQ(me.told, (std::vector<std::string>{"received error", "done", "closed"}));
  EXPECT_EQ(me.closing->code, 4502u);
}

TEST(client_connection, a_connection_that_breaks_or_is_never_made_has_no_code) {
  client::target gone;
  {
    scripted_peer peer([](peer_line& to) {
      to.let_in();
      to.cut();
    });
    gone = peer.target();
    listener me(peer.target());
    ASSERT_TRUE(me.run_to_close());
    EXPECT_EQ(me.closing->code, 0u);
    EXPECT_EQ(me.closing->text.rfind("read: ", 0), 0u) << me.closing->text;
  }
  listener me(gone);
  ASSERT_TRUE(me.run_to_close());
  EXPECT_EQ(me.closing->code, 0u);
  EXPECT_EQ(me.closing->text.rfind("connect to 127.0.0.1: ", 0), 0u) << me.closing->text;
}

TEST(client_connection, a_frame_that_is_not_a_json_object_ends_the_connection) {
  for (const char* rubbish : {"{", "[]", "1"}) {
    scripted_peer peer([&](peer_line& to) {
      to.let_in();
      to.say(rubbish);
      to.hear();
    });
    listener me(peer.target());
    ASSERT_TRUE(me.run_to_close()) << rubbish;
    EXPECT_EQ(me.closing->text, "the server sent a frame that is not a JSON object");
    EXPECT_EQ(me.told.back(), "closed") << "nothing is told after it";
  }
}

TEST(client_connection, an_abort_is_told_as_a_close_with_its_text) {
  scripted_peer peer([](peer_line& to) {
    to.let_in();
    to.hear();
  });
  listener me(peer.target());
  ASSERT_TRUE(me.run_until_told("opened e"));
  me.line->abort("no answer");
  EXPECT_FALSE(me.closing) << "not from within the call";
  ASSERT_TRUE(me.run_to_close());
  EXPECT_EQ(me.closing->text, "no answer");
}

TEST(client_connection, one_that_is_destroyed_closes_normally_and_tells_nothing_more) {
  unsigned code = 0;
  scripted_peer peer([&](peer_line& to) {
    to.let_in();
    while (!to.hear().empty()) {
    }
    code = to.close_code();
  });
  listener me(peer.target());
  ASSERT_TRUE(me.run_until_told("opened e"));
  ASSERT_TRUE(me.run_until_told("done"));
  me.line.reset();
  ASSERT_TRUE(me.run_until([&] { return me.io.stopped(); }));
  peer.join();
  EXPECT_EQ(code, 1000u);
  EXPECT_EQ(me.told, (std::vector<std::string>{"opened e", "done"}));
}

TEST(client_connection, a_sign_of_life_is_any_message) {
  scripted_peer peer([](peer_line& to) {
    to.let_in();
    to.hear();
    to.say(R"({"type":"pong"})");
    to.hear();
  });
  listener me(peer.target());
  ASSERT_TRUE(me.run_until_told("done"));
  const auto before = me.line->heard();
  me.line->ping();
  EXPECT_TRUE(me.run_until([&] { return me.line->heard() > before; }));
}

}  // namespace
}  // namespace roomlog::testing
