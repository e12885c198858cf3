// Connections at their bounds, on real sockets: who is served, told why not, or turned away.
#include <gtest/gtest.h>

#include "tests/pushers/client_server_rig.h"
#include "tests/pushers/session/session_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

ws_client silent_client(const server_rig& rig) {
  return ws_client(rig.port(), {"", {}, 0, false});
}

std::string plain_request(std::string_view more = {}) {
  return "GET /v1/rooms HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n";
}

TEST(server_connections, the_bound_is_one_for_all_event_loops) {
  server_rig rig([](client_server_options& options) {
    options.shards = 4;
    options.limits.connections_max = 3;
  });
  std::vector<ws_client> open;
  for (int i = 0; i < 3; ++i) open.push_back(rig.sign_in("ann"));
  ws_client fourth(rig.port());
  const auto close = fourth.wait_close();
  EXPECT_EQ(close->close_code(), 4001u);
  EXPECT_EQ(field(close->close_reason(), "retry_after_ms"), "1000");
  // Over plain HTTP it is a problem that says when to come again.
  auto fifth = silent_client(rig);
  fifth.send_bytes(plain_request());
  const auto answer = fifth.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
  EXPECT_NE(answer.find("\r\nRetry-After: 1\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(rig.eventually([](const auto& s) {
    return s.overloaded_total == 2 && s.closes_total.of(4001) == 1 && s.turned_away_total == 0;
  }));
  open.pop_back();
  fourth.disconnect();
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.sessions == 2; }));
  (void)rig.sign_in("ann");
}

TEST(server_connections, those_too_many_to_be_told_get_503_unread) {
  server_rig rig([](client_server_options& options) {
    options.limits.connections_max = 1;
    options.limits.connections_told_max = 1;
  });
  auto served = rig.sign_in("ann");
  auto told = silent_client(rig);
  auto turned_away = silent_client(rig);
  EXPECT_TRUE(turned_away.read_to_end().starts_with("HTTP/1.1 503"));
  served.send_text(R"({"type":"ping","id":1})");
  EXPECT_EQ(*served.next_object(), R"({"type":"pong","id":1})");
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.turned_away_total == 1; }));
}

// Those that are to be told hold their place for close_wait only.
TEST(server_connections, one_that_is_to_be_told_and_asks_for_nothing_is_let_go_soon) {
  manual_clock_source clock;
  server_rig rig([](client_server_options& options) { options.limits.connections_max = 1; },
                 &clock);
  auto served = rig.sign_in("ann");
  auto told = silent_client(rig);
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.connections == 2; }));
  clock.advance(2100ms);
  EXPECT_TRUE(told.read_to_end().empty());
}

TEST(server_connections, strangers_of_one_address_leave_half_to_those_with_a_token) {
  server_rig rig([](client_server_options& options) {
    options.limits.connections_max = 8;
    options.limits.connections_told_max = 4;
  });
  std::vector<ws_client> strangers;
  for (int i = 0; i < 4; ++i) strangers.push_back(silent_client(rig));
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.without_token == 4; }));
  ws_client fifth(rig.port());
  EXPECT_EQ(fifth.wait_close()->close_code(), 4001u);
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.over_address_total == 1; }));
  // A token takes a connection out of its address's share.
  strangers.pop_back();
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.without_token == 3; }));
  auto ann = rig.sign_in("ann");
  auto bob = rig.sign_in("bob");
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.without_token == 3; }));
}

TEST(server_connections, one_connection_more_than_a_user_may_have_is_told_4003) {
  server_rig rig([](client_server_options& options) {
    options.shards = 2;
    options.limits.connections_per_user_max = 2;
  });
  auto first = rig.sign_in("ann");
  auto second = rig.sign_in("ann");
  ws_client third(rig.port());
  EXPECT_NE(third.next_object()->find(R"("connections_per_user":2)"), std::string::npos);
  third.send_text(R"({"type":"auth","id":7,"token":"ann"})");
  const auto error = *third.next_object();
  EXPECT_EQ(field(error, "code"), "rate_limited");
  EXPECT_EQ(field(error, "limit"), "connections_per_user");
  EXPECT_EQ(field(error, "temporary"), "false");
  EXPECT_EQ(field(error, "id"), "7");
  EXPECT_EQ(third.wait_close()->close_code(), 4003u);
  EXPECT_TRUE(rig.eventually(
      [](const auto& s) { return s.over_user_total == 1 && s.closes_total.of(4003) == 1; }));
  auto other = rig.sign_in("bob");
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.sessions == 3; }));
  // A new token for a connection that is there is no new connection.
  second.send_text(R"({"type":"refresh","id":8,"token":"ann"})");
  EXPECT_EQ(field(*second.next_object(), "type"), "authenticated");
  first.disconnect();
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.sessions == 2; }));
  (void)rig.sign_in("ann");
}

TEST(server_connections, behind_a_trusted_proxy_clients_have_shares_of_their_own) {
  server_rig rig([](client_server_options& options) {
    options.limits.connections_max = 4;
    options.limits.connections_told_max = 4;
    options.trusted_proxies = {*ip_range::parse("127.0.0.0/8")};
  });
  const auto upgrade_for = [&](std::string_view client) {
    return ws_client(rig.port(), {"/v1/ws", {{"X-Forwarded-For", std::string(client)}}});
  };
  auto first = upgrade_for("192.0.2.1");
  auto second = upgrade_for("192.0.2.1");
  auto third = upgrade_for("192.0.2.1");
  EXPECT_EQ(third.wait_close()->close_code(), 4001u);
  third.disconnect();
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.connections == 2; }));
  auto other = upgrade_for("garbage, 192.0.2.2");
  EXPECT_EQ(field(*other.next_object(), "type"), "hello");
  EXPECT_EQ(field(*first.next_object(), "type"), "hello");
}

}  // namespace
}  // namespace roomlog::testing
