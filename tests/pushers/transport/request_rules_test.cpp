// What HTTP/1.1 and RFC 6455 ask of a request's head.
#include "pushers/transport/request_rules.h"

#include <gtest/gtest.h>

namespace roomlog::testing {
namespace {

using fields = std::vector<std::pair<std::string_view, std::string_view>>;

request_head get(fields more, std::string_view target = "/v1/rooms", unsigned version = 11) {
  request_head head{"GET", target, version, {{"Host", "x"}}};
  head.fields.insert(head.fields.end(), more.begin(), more.end());
  return head;
}

unsigned refused(const request_head& head) {
  return judge_head(head).refused;
}

TEST(request_rules, a_request_of_1_1_needs_one_host_that_can_be_one) {
  const auto with = [](fields given, unsigned version = 11) {
    return refused({"GET", "/", version, std::move(given)});
  };
  EXPECT_EQ(with({}), 400u);
  EXPECT_EQ(with({{"host", "x"}, {"HOST", "x"}}), 400u);
  EXPECT_EQ(with({{"Host", "a b"}}), 400u);
  EXPECT_EQ(with({{"Host", "x/y"}}), 400u);
  for (const char* good : {"", "x", "x:80", "[::1]:80", "ex-ample.org", "192.0.2.1"})
    EXPECT_EQ(with({{"Host", good}}), 0u) << good;
  EXPECT_EQ(with({}, 10), 0u);
  EXPECT_EQ(with({{"Host", "x"}, {"Host", "y"}}, 10), 400u);
}

TEST(request_rules, connection_is_one_list_over_all_its_lines) {
  const auto after = [](fields given, unsigned version = 11) {
    return judge_head(get(std::move(given), "/", version)).after;
  };
  EXPECT_EQ(after({}), persistence::implied);
  EXPECT_EQ(after({{"Connection", "x-a"}, {"Connection", "close"}}), persistence::none);
  EXPECT_EQ(after({{"connection", "x-a , CLOSE"}}), persistence::none);
  EXPECT_EQ(after({{"Connection", "closed"}}), persistence::implied);
  EXPECT_EQ(after({}, 10), persistence::none);
  EXPECT_EQ(after({{"Connection", "Keep-Alive"}}, 10), persistence::said);
  EXPECT_EQ(after({{"Connection", "keep-alive"}, {"Connection", "close"}}, 10), persistence::none);
}

TEST(request_rules, a_target_is_taken_in_origin_form_and_in_absolute_form) {
  const auto target = [](std::string_view given) {
    const auto verdict = judge_head(get({}, given));
    return verdict.refused != 0 ? std::to_string(verdict.refused) : verdict.target;
  };
  EXPECT_EQ(target("/v1/ws?x=1"), "/v1/ws?x=1");
  EXPECT_EQ(target("http://x/v1/ws?x=1"), "/v1/ws?x=1");
  EXPECT_EQ(target("WS://x:80/v1/ws"), "/v1/ws");
  EXPECT_EQ(target("https://x"), "/");
  EXPECT_EQ(target("https://x?a=/b"), "/?a=/b");
  for (const char* wrong : {"*", "x", "ftp://x/", "http:///v1", "x:80", "://x/", "http:/x"})
    EXPECT_EQ(target(wrong), "400") << wrong;
  EXPECT_EQ(refused({"OPTIONS", "*", 11, {{"Host", "x"}}}), 0u);
  EXPECT_EQ(path_of("/v1/ws?x=/1?2"), "/v1/ws");
}

TEST(request_rules, methods_that_nobody_knows_are_501) {
  for (const char* known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
    EXPECT_EQ(refused({known, "/", 11, {{"Host", "x"}}}), 0u) << known;
  for (const char* unknown : {"BREW", "get", "PROPFIND"})
    EXPECT_EQ(refused({unknown, "/", 11, {{"Host", "x"}}}), 501u) << unknown;
}

TEST(request_rules, a_body_is_announced_in_one_way) {
  const auto body = [](fields given, unsigned version = 11) {
    const auto verdict = judge_head(get(std::move(given), "/", version));
    if (verdict.refused == 0 && verdict.has_body) {
      EXPECT_EQ(verdict.after, persistence::none) << "its bytes are not read";
    }
    return verdict.refused != 0 ? static_cast<int>(verdict.refused) : verdict.has_body ? 1 : 0;
  };
  EXPECT_EQ(body({{"Content-Length", "0"}}), 0);
  EXPECT_EQ(body({{"Content-Length", "00"}}), 0);
  EXPECT_EQ(body({{"Content-Length", "10"}}), 1);
  EXPECT_EQ(body({{"Content-Length", "9999999999999999999999"}}), 1);
  EXPECT_EQ(body({{"Transfer-Encoding", "Chunked"}}), 1);
  EXPECT_EQ(body({{"Content-Length", "1"}, {"Content-Length", "1"}}), 400);
  for (const char* wrong : {"", "-1", "+1", "1,1", "0x1", "1 "})
    EXPECT_EQ(body({{"Content-Length", wrong}}), 400) << wrong;
  EXPECT_EQ(body({{"Transfer-Encoding", "chunked"}, {"Content-Length", "1"}}), 400);
  EXPECT_EQ(body({{"Transfer-Encoding", "chunked"}}, 10), 400);
  for (const char* other : {"gzip, chunked", "chunked, chunked", "identity", ""})
    EXPECT_EQ(body({{"Transfer-Encoding", other}}), 501) << other;
}

// Whoever reads the other one of the two sees another user.
TEST(request_rules, two_tokens_are_none) {
  EXPECT_EQ(refused(get({{"Authorization", "Bearer a"}})), 0u);
  EXPECT_EQ(refused(get({{"Authorization", "Bearer a"}, {"authorization", "Bearer a"}})), 400u);
  EXPECT_EQ(refused(get({{"Expect", "100-Continue"}})), 0u);
  EXPECT_EQ(refused(get({{"Expect", "a-pony"}})), 417u);
}

const fields good_upgrade{{"Connection", "keep-alive"},
                          {"Connection", "UPGRADE"},
                          {"Upgrade", "h2c, WebSocket"},
                          {"Sec-WebSocket-Version", "13"},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};

// The status that the endpoint answers; 101: it may be upgraded.
unsigned upgraded(const request_head& head) {
  const auto verdict = judge_head(head);
  if (verdict.refused != 0) return verdict.refused;
  const auto answer = judge_upgrade(head, verdict);
  return answer ? answer->status : 101;
}

unsigned upgraded_with(std::string_view name, std::string_view value) {
  auto changed = good_upgrade;
  for (auto& [have, old] : changed)
    if (have == name) old = value;
  return upgraded(get(changed, "/v1/ws"));
}

unsigned upgraded_without(std::string_view name) {
  auto fewer = good_upgrade;
  std::erase_if(fewer, [&](const auto& field) { return field.first == name; });
  return upgraded(get(fewer, "/v1/ws"));
}

TEST(request_rules, an_upgrade_has_what_rfc_6455_asks_for) {
  EXPECT_EQ(upgraded(get(good_upgrade, "/v1/ws")), 101u);
  EXPECT_EQ(upgraded(get(good_upgrade, "http://x/v1/ws")), 101u);
  EXPECT_EQ(upgraded(get(good_upgrade, "/v1/ws", 10)), 426u);  // HTTP/1.0 cannot
  EXPECT_EQ(upgraded({"POST", "/v1/ws", 11, {{"Host", "x"}}}), 405u);
  EXPECT_EQ(upgraded_without("Connection"), 426u);
  EXPECT_EQ(upgraded_without("Upgrade"), 426u);
  EXPECT_EQ(upgraded_with("Upgrade", "websockets"), 426u);
  EXPECT_EQ(upgraded_without("Sec-WebSocket-Version"), 400u);
  EXPECT_EQ(upgraded_with("Sec-WebSocket-Version", "8"), 426u);
  EXPECT_EQ(upgraded_with("Sec-WebSocket-Version", "13, 8"), 426u);
  EXPECT_EQ(upgraded_without("Sec-WebSocket-Key"), 400u);
  for (const char* wrong : {"abc", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ====",
                            "dGhlIHNhbXBsZSBub25jZWE=", "dGhl-HNhbXBsZSBub25jZQ=="})
    EXPECT_EQ(upgraded_with("Sec-WebSocket-Key", wrong), 400u) << wrong;
  for (const auto* twice : {"Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
    auto more = good_upgrade;
    more.emplace_back(twice, whole_list(get(good_upgrade), twice));
    EXPECT_EQ(upgraded(get(more, "/v1/ws")), 400u) << twice;
  }
  auto with_body = good_upgrade;
  with_body.emplace_back("Content-Length", "1");
  EXPECT_EQ(upgraded(get(with_body, "/v1/ws")), 400u);
}

TEST(request_rules, what_must_be_upgraded_says_to_what) {
  auto old = good_upgrade;
  for (auto& [name, value] : old)
    if (name == "Sec-WebSocket-Version") value = "8";
  const auto head = get(old, "/v1/ws");
  const auto answer = judge_upgrade(head, judge_head(head));
  ASSERT_TRUE(answer);
  const auto bytes = response_head(*answer, persistence::none);
  for (const char* line : {"\r\nUpgrade: websocket\r\n", "\r\nSec-WebSocket-Version: 13\r\n",
                           "\r\nConnection: Upgrade\r\n", "application/problem+json"})
    EXPECT_NE(bytes.find(line), std::string::npos) << bytes;
}

}  // namespace
}  // namespace roomlog::testing
