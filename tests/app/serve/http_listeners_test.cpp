// Both listeners of a server follow the same rules of HTTP, and print addresses that can be
// reached.
#include <gtest/gtest.h>

#include "app/config/endpoint.h"
#include "tests/app/chat_client.h"
#include "tests/app/http_get.h"
#include "tests/app/running_server.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::uint16_t port_of(const std::string& url) {
  return parse_endpoint(url.substr(sizeof "http://" - 1))->port;
}

std::string answer_to(const std::string& url, const std::string& bytes) {
  ws_client client(port_of(url), {"", {}, 0, false});
  client.send_bytes(bytes);
  return client.read_to_end();
}

TEST(http_listeners, refuse_the_same_with_a_problem) {
  const temporary_directory directory;
  running_server server(directory.path() / "data");
  const std::string line = "GET /livez HTTP/1.1\r\n";
  const std::string token = "Authorization: Bearer x\r\n";
  for (const auto& [bytes, status] : std::vector<std::pair<std::string, std::string>>{
           {"rubbish\r\n\r\n", "400"},
           {line + "\r\n", "400"},
           {line + "Host: x\r\nHost: x\r\n\r\n", "400"},
           {line + "Host: x\r\n" + token + token + "\r\n", "400"},
           {line + "Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
           {line + "Host: x\r\nA: a\r\n b\r\n\r\n", "400"},
           {"BREW /livez HTTP/1.1\r\nHost: x\r\n\r\n", "501"},
           {"GET /livez HTTP/3.0\r\n\r\n", "505"},
           {"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"},
           {line + "Host: x\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n", "431"}}) {
    for (const std::string& url : {server.http(), server.admin()}) {
      const auto answer = answer_to(url, bytes);
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + status)) << url << bytes << answer;
      EXPECT_TRUE(holds(answer, "application/problem+json")) << url << bytes << answer;
    }
  }
}

TEST(http_listeners, operators_are_answered_as_http_says) {
  const temporary_directory directory;
  running_server server(directory.path() / "data");
  const auto ask = [&](const std::string& bytes) { return answer_to(server.admin(), bytes); };
  const std::string live = "GET /livez HTTP/1.1\r\nHost: x\r\n";
  const std::string last = live + "Connection: x-a\r\nConnection: close\r\n\r\n";
  EXPECT_TRUE(holds(ask(last), "{\"live\":true}"));
  EXPECT_TRUE(ask("\r\n" + last).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(ask("GET http://x/livez?a=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 200"));
  const auto two = ask(live + "\r\n" + last);  // at once
  EXPECT_TRUE(holds(two.substr(two.find("{\"live\"") + 1), "{\"live\":true}")) << two;
  EXPECT_TRUE(holds(ask("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + last),
                    "Connection: keep-alive"));
  const auto body = "Content-Length: 1048576\r\nExpect: 100-continue\r\n\r\n";
  EXPECT_TRUE(ask(live + body).starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(
      ask("POST /livez HTTP/1.1\r\nHost: x\r\n" + std::string(body)).starts_with("HTTP/1.1 405"));
}

TEST(http_listeners, an_address_for_all_is_printed_as_one_that_can_be_reached) {
  for (const std::string host : {"*", "0.0.0.0"}) {
    const temporary_directory directory;
    child_process server({"serve", "--log", "memory", "--data", (directory.path() / "d").string(),
                          "--listen", host + ":0", "--admin-listen", host + ":0"});
    const auto ready = server.read_line().value_or(server.errors());
    const auto clients = ready.substr(ready.find("http://"), ready.find(" ws://") - 6);
    const auto admin = ready.substr(ready.rfind("http://"));
    EXPECT_EQ(http_get(admin, "/livez").status, 200) << ready;
    EXPECT_EQ(http_get(clients, "/v1/rooms").status, 401) << ready;
  }
}

TEST(http_listeners, reachable_is_an_address_to_connect_to) {
  const auto of = [](std::string_view text) { return to_string(reachable(*parse_endpoint(text))); };
  EXPECT_EQ(of("*:80"), "127.0.0.1:80");
  EXPECT_EQ(of("0.0.0.0:80"), "127.0.0.1:80");
  EXPECT_EQ(of("[::]:80"), "[::1]:80");
  EXPECT_EQ(of("[0:0::0]:80"), "[::1]:80");
  EXPECT_EQ(of("[::ffff:0.0.0.0]:80"), "127.0.0.1:80");
  EXPECT_EQ(of("192.0.2.1:80"), "192.0.2.1:80");
  EXPECT_EQ(of("example.org:80"), "example.org:80");
}

}  // namespace
}  // namespace roomlog::testing
