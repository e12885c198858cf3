// HTTP/1.1 on the wire: what the grammar, the framing and the connection ask for. Every answer that
// is none of a path is a problem.
#include <gtest/gtest.h>

#include "tests/pushers/client_server_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::literals;

class http_rules : public ::testing::Test {
 protected:
  // All that the server says to these bytes; it ends the connection by itself.
  std::string answer_to(const std::string& bytes) {
    ws_client client(rig.port(), {"", {}, 0, false});
    client.send_bytes(bytes);
    return client.read_to_end();
  }
  std::string status_of(const std::string& bytes) { return answer_to(bytes).substr(0, 12); }

  server_rig rig;
  const std::string token = "Authorization: Bearer ann\r\n";
  const std::string rooms = "GET /v1/rooms HTTP/1.1\r\nHost: x\r\n" + token;
  const std::string last = rooms + "Connection: close\r\n\r\n";
};

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(http_rules, whatever_is_no_request_is_a_problem_and_the_end) {
  const std::string line = "GET /v1/rooms HTTP/1.1\r\n";
  for (const auto& [bytes, status] : std::vector<std::pair<std::string, std::string>>{
           {"rubbish\r\n\r\n", "400"},
           {"GET /v1/rooms HTTP/1.1\nHost: x\n\n", "400"},
           {line + "\r\n", "400"},
           {line + "Host: x\r\nHost: y\r\n\r\n", "400"},
           {line + "Host : x\r\n\r\n", "400"},
           {line + " Host: x\r\n\r\n", "400"},
           {line + "Host: x\r\nX-A: a\r\n b\r\n\r\n", "400"},
           {line + "Host: x\r\n" + token + token + "\r\n", "400"},
           {line + "Host: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"},
           {line + "Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
           {line + "Host: x\r\nContent-Length: x\r\n\r\n", "400"},
           {"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"s, "400"},
           {"BREW /v1/rooms HTTP/1.1\r\nHost: x\r\n\r\n", "501"},
           {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
           {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"},
           {line + "Host: x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431"},
           {"GET /" + std::string(20'000, 'x'), "431"}}) {
    const auto answer = answer_to(bytes);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + status)) << bytes.substr(0, 200) << '\n' << answer;
    EXPECT_TRUE(holds(answer, "application/problem+json")) << answer;
    EXPECT_TRUE(holds(answer, "\r\nConnection: close\r\n")) << answer;
  }
}

TEST_F(http_rules, empty_lines_before_a_request_are_skipped) {
  EXPECT_EQ(status_of("\r\n\r\n" + last), "HTTP/1.1 200");
  ws_client slow(rig.port(), {"", {}, 0, false});
  for (const char byte : "\r\n" + last) slow.send_bytes(std::string_view(&byte, 1));
  EXPECT_TRUE(slow.read_to_end().starts_with("HTTP/1.1 200"));
}

TEST_F(http_rules, a_connection_goes_on_as_its_version_and_its_fields_say) {
  EXPECT_TRUE(answer_to(rooms + "Connection: x-a\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 200"));
  const std::string old = "GET /v1/rooms HTTP/1.0\r\n" + token;
  EXPECT_TRUE(holds(answer_to(old + "\r\n"), "\r\nConnection: close\r\n"));
  // The first one says that it goes on, the second one that it ends.
  const auto two = answer_to(old + "Connection: keep-alive\r\n\r\n" + old + "\r\n");
  EXPECT_TRUE(holds(two, "\r\nConnection: keep-alive\r\n"));
  EXPECT_TRUE(holds(two.substr(two.find("keep-alive")), "HTTP/1.1 200")) << two;
}

TEST_F(http_rules, requests_that_come_at_once_are_answered_one_by_one) {
  const auto answers = answer_to(rooms + "\r\n\r\n" + "HEAD" + rooms.substr(3) + "\r\n" + last);
  std::size_t count = 0;
  for (auto at = answers.find("HTTP/1.1 200"); at != std::string::npos;
       at = answers.find("HTTP/1.1 200", at + 1))
    ++count;
  EXPECT_EQ(count, 3u) << answers;
}

// RFC 9110 §9.3.7: it asks about the server and about no path, so it is not "not found".
TEST_F(http_rules, options_of_the_whole_server_names_its_methods) {
  const auto answer = answer_to("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n" + last);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405")) << answer;
  EXPECT_TRUE(holds(answer, "\r\nAllow: GET, HEAD\r\n")) << answer;
  EXPECT_TRUE(holds(answer, "HTTP/1.1 200")) << answer;
}

// A body that is not read must not be taken for the next request.
TEST_F(http_rules, nothing_behind_a_body_is_a_request) {
  const auto answer = answer_to(rooms + "Content-Length: " + std::to_string(last.size()) +
                                "\r\n\r\n" + last + last);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
  EXPECT_FALSE(holds(answer, "HTTP/1.1 200")) << answer;
}

TEST_F(http_rules, an_upgrade_takes_lists_and_absolute_targets_and_is_refused_with_a_problem) {
  const auto upgrade = [](std::string_view target, std::string_view connection,
                          std::string_view version = "13",
                          std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(connection) +
           "Upgrade: h2c, WebSocket\r\nSec-WebSocket-Version: " + std::string(version) +
           "\r\nSec-WebSocket-Key: " + std::string(key) + "\r\n\r\n";
  };
  const std::string plain = "Connection: Upgrade\r\n";
  const auto first = [&](const std::string& bytes) {
    ws_client client(rig.port(), {"", {}, 0, false});
    client.send_bytes(bytes);
    return client.read_some();
  };
  EXPECT_TRUE(first(upgrade("/v1/ws", "Connection: keep-alive\r\nConnection: Upgrade\r\n"))
                  .starts_with("HTTP/1.1 101"));
  EXPECT_TRUE(first(upgrade("http://x/v1/ws?a=b", plain)).starts_with("HTTP/1.1 101"));
  EXPECT_TRUE(holds(first(upgrade("/v1/ws", plain)), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  EXPECT_EQ(status_of(upgrade("/v1/ws", plain, "13", "abc")), "HTTP/1.1 400");
  const auto old = answer_to(upgrade("/v1/ws", plain, "8"));
  EXPECT_TRUE(old.starts_with("HTTP/1.1 426")) << old;
  EXPECT_TRUE(holds(old, "\r\nSec-WebSocket-Version: 13\r\n")) << old;
  EXPECT_TRUE(holds(old, "\r\nUpgrade: websocket\r\n")) << old;
  EXPECT_TRUE(holds(old, "application/problem+json")) << old;
}

}  // namespace
}  // namespace roomlog::testing
