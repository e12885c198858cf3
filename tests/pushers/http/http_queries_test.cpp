// Reads over HTTP at a server whose views and fold do what the test says: waits, bounds, ends.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "log/base/clock.h"
#include "log/partitioner.h"
#include "tests/pushers/client_server_rig.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;

const std::string events = "/v1/rooms/r/events";

std::string request(const std::string& target, const std::string& more = {},
                    const std::string& method = "GET") {
  return method + ' ' + target + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ann\r\n" + more +
         "\r\n";
}

// A connection that speaks plain HTTP.
ws_client plain(const server_rig& rig) {
  return ws_client(rig.port(), {"", {}, 0, false});
}

std::string last_request(const std::string& target) {
  return request(target, "Connection: close\r\n");
}

std::string answer_to(const server_rig& rig, const std::string& bytes) {
  auto client = plain(rig);
  client.send_bytes(bytes);
  return client.read_to_end();
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Its request waits for the fold.
ws_client waiting(server_rig& rig, const std::string& bytes) {
  auto client = plain(rig);
  client.send_bytes(bytes);
  EXPECT_TRUE(rig.eventually([&](const auto&) { return rig.world.waiting() != 0; }));
  return client;
}

// A room that is unknown may be about to be made.
void expect_waits_for_a_new_room(server_rig& rig) {
  rig.world.fall_behind(1);
  auto client = waiting(rig, last_request("/v1/rooms/new"));
  rig.world.create("default/new", "ann");
  rig.world.catch_up();
  EXPECT_TRUE(holds(client.read_to_end(), "HTTP/1.1 200 OK"));
}

TEST(http_queries, requests_of_one_connection_are_answered_in_their_order) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.post("default/r", "ann", "hello");
  const auto answers = answer_to(rig, request(events + "?last=1") + request("/v1/rooms/x") +
                                          request(events, "Content-Length: 0\r\n", "PUT") +
                                          request(events, "", "HEAD") + last_request("/v1/rooms"));
  std::size_t at = 0;
  for (const char* next :
       {"HTTP/1.1 200 OK", "\"hello\"", "HTTP/1.1 404", "unknown_room", "HTTP/1.1 405",
        "Allow: GET, HEAD", "HTTP/1.1 200 OK", "\r\n\r\nHTTP/1.1 200 OK", "{\"type\":\"rooms\""}) {
    at = answers.find(next, at);
    ASSERT_NE(at, std::string::npos) << next << '\n' << answers;
    ++at;
  }
  EXPECT_TRUE(rig.eventually(
      [](const auto& s) { return s.http_requests_total == 5 && s.http_in_flight == 0; }));
}

// As escapes for browsers each character of such a text takes six bytes.
TEST(http_queries, a_page_ends_at_its_bytes_and_says_where_to_go_on) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.post_many("default/r", "ann", std::string(4'000, '<'), 30);
  for (const std::string& path : {events + "?limit=200", std::string("/v1/rooms/r")}) {
    const auto answer = answer_to(rig, last_request(path));
    EXPECT_LE(answer.size(), 256u * 1024 + 1'000);
  }
  const auto page = answer_to(rig, last_request(events + "?limit=200&after_seq=0"));
  EXPECT_TRUE(holds(page, R"("seq":11)")) << page.size();
  EXPECT_TRUE(holds(page, R"("more":true,"next_seq":11)")) << page.substr(page.size() - 100);
  EXPECT_EQ(rig.server().stats().query_pages_cut_total, 2u);
}

TEST(http_queries, members_and_rooms_come_in_pages) {
  server_rig rig;
  for (const char* room : {"default/q", "default/r", "default/s"}) rig.world.create(room, "ann");
  for (int i = 100; i < 310; ++i)
    rig.world.member("default/r", "ann", "u" + std::to_string(i), member_change::invited);
  const auto room = answer_to(rig, last_request("/v1/rooms/r"));
  EXPECT_TRUE(holds(room, R"("head":211,"count":211,"members":[{"user":"ann")")) << room;
  EXPECT_TRUE(holds(room, R"("user":"u298")"));
  EXPECT_FALSE(holds(room, R"("user":"u299")")) << "the first 200";
  const auto some = answer_to(rig, last_request("/v1/rooms/r/members?after=u298&limit=1"));
  EXPECT_TRUE(holds(some, R"({"type":"members","room":"r","count":211,"members":[{"user":"u299",)"
                          R"("role":"writer"}],"more":true,"next_after":"u299"})"))
      << some;
  const auto rooms = answer_to(rig, last_request("/v1/rooms?after=q&limit=1&order=name"));
  EXPECT_TRUE(holds(rooms, R"([{"room":"r")")) << rooms;
  EXPECT_TRUE(holds(rooms, R"("more":true,"next_after":"r")")) << rooms;
  for (const char* wrong : {"/v1/rooms?order=recent&after=q", "/v1/rooms?order=size",
                            "/v1/rooms?limit=201", "/v1/rooms/r/members?limit=0"})
    EXPECT_TRUE(holds(answer_to(rig, last_request(wrong)), "HTTP/1.1 400")) << wrong;
}

// S2.3.4.3, conflict 9: what was sent stays as it is, and is no markup wherever it is shown
TEST(http_queries, texts_are_no_markup_to_a_browser_and_still_the_same_texts) {
  const std::string text = "<script>alert(1)</script>&lt;";
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.post("default/r", "ann", text);
  for (const auto& target : {events, std::string("/v1/rooms")}) {
    const auto answer = answer_to(rig, last_request(target));
    EXPECT_TRUE(holds(answer, "\r\nContent-Type: application/json\r\n")) << answer;
    EXPECT_TRUE(holds(answer, "\r\nX-Content-Type-Options: nosniff\r\n")) << answer;
    const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
    EXPECT_TRUE(holds(answer, "Content-Length: " + std::to_string(body.size()))) << answer;
    EXPECT_EQ(body.find_first_of("<>&"), std::string::npos) << body;
    EXPECT_TRUE(holds(boost::json::serialize(boost::json::parse(body)),
                      boost::json::serialize(boost::json::string(text))))
        << body;
  }
  const auto problem = answer_to(rig, last_request("/v1/nothing"));
  EXPECT_TRUE(holds(problem, "\r\nContent-Type: application/problem+json\r\n")) << problem;
  EXPECT_TRUE(holds(problem, "\r\nX-Content-Type-Options: nosniff\r\n")) << problem;
}

TEST(http_queries, what_the_fold_has_not_read_yet_is_waited_for) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.fall_behind(1);
  for (const std::string& path :
       {events + "?after_seq=", events + "?min_seq=", std::string("/v1/rooms/r?min_seq="),
        std::string("/v1/rooms?min_seq=")}) {
    auto client =
        waiting(rig, last_request(path + std::to_string(rig.world.head("default/r") + 1)));
    rig.world.post("default/r", "ann", "the next");
    rig.world.catch_up();
    const auto answer = client.read_to_end();
    EXPECT_TRUE(holds(answer, "HTTP/1.1 200 OK")) << path << '\n' << answer;
    rig.world.fall_behind(1);
  }
  expect_waits_for_a_new_room(rig);
}

TEST(http_queries, a_server_with_a_share_sends_others_rooms_elsewhere) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.folded_elsewhere = partition_of("default/elsewhere", rig.world.partitions());
  EXPECT_NE(partition_of("default/r", rig.world.partitions()), rig.world.folded_elsewhere);
  for (const char* path : {"/v1/rooms/elsewhere", "/v1/rooms/elsewhere/events?limit=1", "/v1/rooms",
                           "/v1/rooms?min_seq=1"}) {
    const auto answer = answer_to(rig, last_request(path));
    EXPECT_TRUE(holds(answer, "HTTP/1.1 421 Misdirected Request")) << path << '\n' << answer;
    EXPECT_TRUE(holds(answer, R"("code":"misdirected")")) << answer;
  }
  EXPECT_TRUE(holds(answer_to(rig, last_request(events)), "HTTP/1.1 200 OK"));
}

TEST(http_queries, where_others_append_too_the_log_is_asked_for_its_end) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.share_log(true);
  rig.world.hold_level(true);  // it does not answer yet
  auto client = plain(rig);
  client.send_bytes(last_request(events + "?after_seq=2"));
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.http_in_flight == 1; }));
  EXPECT_TRUE(client.is_quiet(20ms)) << "refused by a fold that may lag";
  rig.world.post("default/r", "ann", "2");
  rig.world.hold_level(false);
  EXPECT_TRUE(holds(client.read_to_end(), "HTTP/1.1 200 OK"));
}

TEST(http_queries, a_seq_beyond_the_head_is_refused_once_everything_is_read) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  for (const char* name : {"after_seq", "min_seq"}) {
    const auto answer = answer_to(rig, last_request(events + '?' + name + "=2"));
    EXPECT_TRUE(holds(answer, "HTTP/1.1 400 Bad Request")) << answer;
    EXPECT_TRUE(holds(answer, std::string(name) + " is beyond the head, which is 1")) << answer;
  }
}

TEST(http_queries, a_request_without_an_answer_in_time_is_told_so_and_the_connection_goes_on) {
  manual_clock_source clock;
  server_rig rig({}, &clock);
  rig.world.create("default/r", "ann");
  rig.world.fall_behind(1);
  auto client = waiting(rig, request(events + "?min_seq=2"));
  clock.advance(6s);
  std::string answer;
  while (!holds(answer, "\r\n\r\n")) answer += client.read_some();
  EXPECT_TRUE(holds(answer, "HTTP/1.1 503 Service Unavailable")) << answer;
  EXPECT_TRUE(holds(answer, "\"code\":\"unavailable\"")) << answer;
  EXPECT_TRUE(holds(answer, "Retry-After: 1")) << answer;
  // The late answer to the first is not taken for one to the second.
  client.send_bytes(last_request("/v1/rooms/unknown?min_seq=1"));
  EXPECT_TRUE(rig.eventually([&](const auto&) { return rig.world.waiting() == 2; }));
  rig.world.post("default/r", "ann", "the second");
  rig.world.catch_up();
  const auto rest = client.read_to_end();
  EXPECT_TRUE(holds(rest, "HTTP/1.1 404 Not Found")) << rest;
  EXPECT_FALSE(holds(rest, "\"page\"")) << rest;
}

TEST(http_queries, more_requests_than_the_limit_are_refused) {
  server_rig rig([](client_server_options& options) { options.limits.http_in_flight_max = 1; });
  rig.world.create("default/r", "ann");
  rig.world.hold_pages(true);
  auto first = plain(rig);
  first.send_bytes(last_request(events));
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.http_in_flight == 1; }));
  const auto refused = answer_to(rig, last_request(events));
  EXPECT_TRUE(holds(refused, "HTTP/1.1 503")) << refused;
  EXPECT_TRUE(holds(refused, "\"code\":\"overloaded\"")) << refused;
  EXPECT_EQ(rig.server().stats().http_overloaded_total, 1u);
  rig.world.hold_pages(false);
  EXPECT_TRUE(holds(first.read_to_end(), "HTTP/1.1 200"));
  EXPECT_TRUE(rig.eventually([](const auto& s) { return s.http_in_flight == 0; }));
  EXPECT_TRUE(holds(answer_to(rig, last_request(events)), "HTTP/1.1 200"));
}

TEST(http_queries, a_read_that_is_too_many_is_told_when_to_come_again) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.admit_reads = [](const principal& who) {
    EXPECT_EQ(who.user, "ann");
    auto refused = make_client_error(error_code::rate_limited);
    refused.limit = "user_reads";
    refused.retry_after_ms = 1'200;
    return refused;
  };
  const auto refused = answer_to(rig, last_request(events));
  EXPECT_TRUE(holds(refused, "HTTP/1.1 429 Too Many Requests")) << refused;
  EXPECT_TRUE(holds(refused, "Retry-After: 2\r\n")) << refused;
  EXPECT_TRUE(holds(refused, "\"code\":\"rate_limited\"")) << refused;
  EXPECT_TRUE(holds(refused, "\"limit\":\"user_reads\"")) << refused;
  EXPECT_TRUE(holds(refused, "application/problem+json")) << refused;
  EXPECT_TRUE(rig.eventually([](const auto& s) {
    return s.http_in_flight == 0 && s.http_rate_limited_total == 1 &&
           s.http_responses_total.of(429) == 1;
  }));
}

TEST(http_queries, a_client_that_is_gone_while_its_read_runs_leaves_nothing_behind) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.hold_pages(true);
  {
    auto client = plain(rig);
    client.send_bytes(request(events) + request(events));
    EXPECT_TRUE(rig.eventually([](const auto& s) { return s.http_in_flight == 1; }));
  }
  rig.world.hold_pages(false);
  EXPECT_TRUE(
      rig.eventually([](const auto& s) { return s.http_in_flight == 0 && s.connections == 0; }));
  EXPECT_TRUE(holds(answer_to(rig, last_request(events)), "HTTP/1.1 200"));
}

TEST(http_queries, a_server_that_stops_while_a_read_runs_does_not_wait_for_it) {
  auto rig = std::make_unique<server_rig>();
  rig->world.create("default/r", "ann");
  rig->world.fall_behind(1);
  auto client = waiting(*rig, request(events + "?min_seq=2"));
  rig->server().stop(0ms);
  rig->world.catch_up();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(http_queries, trouble_of_a_view_is_told_as_such) {
  server_rig rig;
  rig.world.create("default/r", "ann");
  rig.world.fail_pages(true);
  const auto failed = answer_to(rig, last_request(events));
  EXPECT_TRUE(holds(failed, "HTTP/1.1 503")) << failed;
  EXPECT_FALSE(holds(failed, "told to fail")) << "what the machine says is not for clients";
  rig.world.fail_pages(false);
  rig.world.share_log(true);
  rig.world.hold_level(true);
  auto waits = waiting(rig, last_request(events + "?min_seq=99"));
  rig.world.fail_level();
  const auto unread = waits.read_to_end();
  EXPECT_TRUE(holds(unread, "HTTP/1.1 503")) << unread;
  EXPECT_FALSE(holds(unread, "told to fail")) << unread;
  EXPECT_TRUE(holds(answer_to(rig,
                              "GET /v1/rooms HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                              "Authorization: Bearer bad\r\n\r\n"),
                    "HTTP/1.1 401 Unauthorized"));
}

TEST(http_queries, where_others_append_too_a_refusal_waits_for_the_logs_own_end) {
  server_rig rig;
  rig.world.share_log(true);
  rig.world.create("default/r", "ann");
  const auto refused = answer_to(rig, last_request(events + "?min_seq=2"));
  EXPECT_TRUE(holds(refused, "HTTP/1.1 400")) << refused;
  expect_waits_for_a_new_room(rig);
}

TEST(http_queries, a_process_without_views_or_without_sessions_has_no_such_paths) {
  server_rig without_views([](client_server_options& options) { options.http_queries = false; });
  EXPECT_TRUE(holds(answer_to(without_views, last_request("/v1/rooms")), "HTTP/1.1 404"));
  server_rig without_sessions([](client_server_options& options) { options.sessions = false; });
  EXPECT_TRUE(holds(answer_to(without_sessions, last_request("/v1/rooms")), "HTTP/1.1 200"));
  EXPECT_TRUE(holds(answer_to(without_sessions, last_request("/v1/ws") + request("/v1/ws")),
                    "HTTP/1.1 404"));
  EXPECT_THROW(ws_client(without_sessions.port()), std::runtime_error);
}

}  // namespace
}  // namespace roomlog::testing
