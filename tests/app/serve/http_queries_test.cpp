// The views over HTTP, at a running server: every status, and the same objects as over WebSocket.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <fstream>

#include "app/config/endpoint.h"
#include "tests/app/chat_client.h"
#include "tests/app/http_get.h"
#include "tests/ingress/auth/jwt_test_support.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

boost::json::object object_of(const http_answer& answer) {
  return boost::json::parse(answer.body).as_object();
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Ann owns a public room, in which Bob is, and a private one. Mallory is in neither.
class http_queries_test : public ::testing::Test {
 protected:
  std::filesystem::path data() const { return directory_.path() / "data"; }

  void start(std::vector<std::string> more = {}, const std::vector<std::string>& keys = {}) {
    more.insert(more.end(), keys.begin(), keys.end());
    server_ = std::make_unique<running_server>(data(), more);
    ann_ = token_for(data(), "ann", with({"--name", "Ann"}, keys));
    bob_ = token_for(data(), "bob", keys);
    mallory_ = token_for(data(), "mallory", keys);
    chat_ = std::make_unique<chat_client>(*server_, ann_);
    ask(R"({"type":"create","room":"general","public":true,"title":"General","cid":"c-1")");
    ask(R"({"type":"invite","room":"general","user":"bob","cid":"c-2")");
    ask(R"({"type":"create","room":"a/b","cid":"c-3")");
    for (int i = 0; i < 5; ++i) {
      ask(R"({"type":"send","room":"general","text":"hello","cid":"m-)" + std::to_string(i) + '"');
    }
  }
  static std::vector<std::string> with(std::vector<std::string> words,
                                       const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // `command` lacks its id and the closing brace.
  boost::json::object ask(const std::string& command) {
    ++last_id_;
    return chat_->ask(command + ",\"id\":" + std::to_string(last_id_) + '}', last_id_);
  }
  http_answer get(const std::string& path, const std::string& token,
                  const std::string& method = "GET") const {
    return http_get(server_->http(), path, method, token);
  }
  void expect_problem(const http_answer& answer, int status, const std::string& code) const {
    EXPECT_EQ(answer.status, status) << answer.head << answer.body;
    EXPECT_TRUE(holds(answer.head, "Content-Type: application/problem+json")) << answer.head;
    const auto problem = object_of(answer);
    EXPECT_EQ(text_of(problem, "code"), code) << answer.body;
    EXPECT_EQ(number_of(problem, "status"), status) << answer.body;
  }
  std::string detail_of(const std::string& query) const {
    const auto answer = get("/v1/rooms/general/events?" + query, ann_);
    expect_problem(answer, 400, "invalid_field");
    return text_of(object_of(answer), "detail");
  }
  // The same object but for the id, which HTTP has not.
  void expect_same(const std::string& query, const std::string& command_fields) {
    auto page = ask(R"({"type":"history","room":"general")" + command_fields);
    page.erase("id");
    const auto answer = get("/v1/rooms/general/events" + query, ann_);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(holds(answer.head, "Content-Type: application/json")) << answer.head;
    EXPECT_EQ(object_of(answer), page) << query;
  }

  temporary_directory directory_;
  std::unique_ptr<running_server> server_;
  std::unique_ptr<chat_client> chat_;
  std::string ann_, bob_, mallory_;
  std::int64_t last_id_ = 0;
};

TEST_F(http_queries_test, reads_of_one_user_beyond_the_rate_are_429_and_others_go_on) {
  start({"--set", "limits.user_reads_per_second=3"});
  const std::string page = "/v1/rooms/general/events?last=1";
  int taken = 0;
  auto over = get(page, ann_);
  for (; over.status == 200 && taken < 1'000; ++taken) over = get(page, ann_);
  EXPECT_GE(taken, 3);
  expect_problem(over, 429, "rate_limited");
  EXPECT_TRUE(holds(over.head, "\r\nRetry-After: 1")) << over.head;
  EXPECT_EQ(get(page, bob_).status, 200);
  EXPECT_EQ(text_of(ask(R"({"type":"send","room":"general","text":"hello","cid":"m-9")"), "type"),
            "ack");
  // Over WebSocket it is the same rate.
  auto asked = ask(R"({"type":"history","room":"general")");
  for (int i = 0; i < 1'000 && text_of(asked, "type") == "page"; ++i)
    asked = ask(R"({"type":"history","room":"general")");
  EXPECT_EQ(text_of(asked, "code"), "rate_limited");
  EXPECT_EQ(text_of(asked, "limit"), "user_reads");
  const auto metrics = http_get(server_->admin(), "/metrics").body;
  EXPECT_TRUE(holds(metrics, "\nroomlog_http_rate_limited_total 1\n"));
  EXPECT_TRUE(eventually([&] { return get(page, ann_).status == 200; }));
}

// S1.19, S2.2.7.2: since; S4.10
TEST_F(http_queries_test, pages_are_the_same_objects_as_over_websocket) {
  start();
  expect_same("", "");
  expect_same("?after_seq=0", R"(,"after_seq":0)");
  expect_same("?after_seq=2&limit=2", R"(,"after_seq":2,"limit":2)");
  expect_same("?before_seq=5&limit=3", R"(,"before_seq":5,"limit":3)");
  expect_same("?last=3", R"(,"after_seq":4)");
  expect_same("?last=3&limit=1", R"(,"after_seq":4,"limit":1)");
  expect_same("?last=1000", R"(,"after_seq":0)");
  expect_same("?last=0", R"(,"after_seq":7)");
  expect_same("?kinds=message,room&min_seq=7", R"(,"kinds":["message","room"])");
  const auto page = object_of(get("/v1/rooms/general/events", bob_));
  const auto& events = page.at("events").as_array();
  ASSERT_EQ(events.size(), 7u);
  const std::string ts = text_of(events[3].as_object(), "ts");
  expect_same("?since=" + ts, R"(,"since":")" + ts + '"');
  expect_same("?since=2001-01-01T00:00:00Z&limit=2", R"(,"after_seq":0,"limit":2)");
  expect_same("?since=2001-01-01T00:00:00+01:00&limit=2", R"(,"after_seq":0,"limit":2)");
  // What is not known is ignored, as fields of commands are.
  expect_same("?limt=5&room=other&type=rooms&id=1&&limit=3", R"(,"limit":3)");
}

// S1.2, S1.18
TEST_F(http_queries_test, rooms_and_members_are_shown_to_members) {
  start();
  const auto room = object_of(get("/v1/rooms/general", bob_));
  EXPECT_EQ(text_of(room, "type"), "room");
  EXPECT_EQ(text_of(room, "room"), "general");
  EXPECT_EQ(text_of(room, "title"), "General");
  EXPECT_TRUE(room.at("public").as_bool());
  EXPECT_FALSE(room.at("direct").as_bool());
  EXPECT_EQ(number_of(room, "head"), 7);
  EXPECT_EQ(room.at("members"), ask(R"({"type":"members","room":"general")").at("members"));

  auto rooms = ask(R"({"type":"rooms")");
  rooms.erase("id");
  EXPECT_EQ(object_of(get("/v1/rooms", ann_)), rooms);
  EXPECT_EQ(rooms.at("rooms").as_array().size(), 2u);
  EXPECT_EQ(object_of(get("/v1/rooms?min_seq=1", mallory_)).at("rooms").as_array().size(), 0u);
  // A name with a slash is one segment.
  EXPECT_EQ(get("/v1/rooms/a%2Fb", ann_).status, 200);
  EXPECT_EQ(get("/v1/rooms/a%2Fb/events", ann_).status, 200);
}

// S3.26: another tenant
TEST_F(http_queries_test, only_members_read_and_private_rooms_are_unknown_to_others) {
  start();
  for (const std::string path : {"", "/events", "/events?last=1"}) {
    expect_problem(get("/v1/rooms/general" + path, mallory_), 403, "not_member");
    expect_problem(get("/v1/rooms/a%2Fb" + path, mallory_), 404, "unknown_room");
    expect_problem(get("/v1/rooms/nowhere" + path, ann_), 404, "unknown_room");
  }
  const auto other = token_for(data(), "ann", {"--tenant", "other"});
  expect_problem(get("/v1/rooms/general", other), 404, "unknown_room");
  // Who was put out reads no longer.
  EXPECT_EQ(get("/v1/rooms/general/events", bob_).status, 200);
  EXPECT_EQ(text_of(ask(R"({"type":"kick","room":"general","user":"bob","cid":"k-1")"), "type"),
            "ack");
  expect_problem(get("/v1/rooms/general/events", bob_), 403, "not_member");
}

TEST_F(http_queries_test, without_a_good_token_there_is_a_challenge) {
  start();
  const auto none = get("/v1/rooms", "");
  expect_problem(none, 401, "unauthorized");
  EXPECT_TRUE(holds(none.head, "WWW-Authenticate: Bearer realm=\"roomlog\"")) << none.head;
  EXPECT_FALSE(holds(none.head, "invalid_token")) << none.head;
  const auto bad = get("/v1/rooms", "rubbish");
  expect_problem(bad, 401, "token_malformed");
  EXPECT_TRUE(holds(bad.head, "error=\"invalid_token\"")) << bad.head;
  expect_problem(get("/v1/rooms", ann_.substr(0, ann_.rfind('.') + 1) + "AAAA"), 401,
                 "token_signature");
  // Who may not read learns nothing of the query.
  expect_problem(get("/v1/rooms/general/events?limit=x", ""), 401, "unauthorized");
}

TEST_F(http_queries_test, wrong_queries_are_refused_by_name) {
  start();
  EXPECT_EQ(detail_of("limit=0"), "limit: must be an integer from 1 to 200");
  EXPECT_EQ(detail_of("limit=201"), "limit: must be an integer from 1 to 200");
  EXPECT_EQ(detail_of("limit=1e1"), "limit: must be an integer from 1 to 200");
  EXPECT_EQ(detail_of("after_seq=8"), "after_seq is beyond the head, which is 7");
  EXPECT_EQ(detail_of("limit=5&limit=5"), "limit: must be given once");
  for (const char* query :
       {"after_seq=-1", "after_seq=1.5", "after_seq=99999999999999999999", "before_seq=0x7",
        "since=yesterday", "since=1700000000", "kinds=nothing", "kinds=message,,edit",
        "after_seq=1&before_seq=2", "last=1&since=2001-01-01T00:00:00Z", "last=-1", "min_seq=8",
        "before_seq=100"}) {
    const std::string detail = detail_of(query);
    EXPECT_FALSE(detail.empty()) << query;
  }
  expect_problem(get("/v1/rooms/%C3%A4/events", ann_), 400, "invalid_field");
  expect_problem(get("/v1/rooms/%00/events", ann_), 400, "invalid_field");
  expect_problem(get("/v1/rooms/" + std::string(129, 'x'), ann_), 400, "invalid_field");
}

TEST_F(http_queries_test, other_methods_and_paths_are_refused_as_http_says) {
  start();
  for (const char* path : {"/v1/rooms", "/v1/rooms/general", "/v1/rooms/general/events"}) {
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
      const auto answer = get(path, ann_, method);
      EXPECT_EQ(answer.status, 405) << method << ' ' << path;
      EXPECT_TRUE(holds(answer.head, "Allow: GET, HEAD")) << answer.head;
    }
    const auto whole = get(path, ann_), head = get(path, ann_, "HEAD");
    EXPECT_EQ(head.status, 200) << path;
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(head.head, whole.head);
  }
  for (const char* path :
       {"/", "/v1", "/v1/rooms/", "/v1/rooms/general/", "/v1/rooms/general/nothing",
        "/v1/rooms/general/events/7", "/v1/rooms/%", "/v1/rooms/%zz/events", "/../v1/rooms",
        "/v1/auth/login", "/v1/stream", "//v1/rooms"}) {
    const auto answer = get(path, ann_);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_TRUE(holds(answer.head, "application/problem+json")) << path << answer.head;
    EXPECT_EQ(text_of(object_of(answer), "title"), "Not Found") << path;
  }
}

TEST_F(http_queries_test, tokens_of_public_keys_are_checked_beside_the_event_loop) {
  for (const auto kind : {jwt::kind::p256, jwt::kind::ed25519}) {
    const auto key = directory_.path() / "key.json";
    std::ofstream(key) << jwt::forms_of(kind).private_jwk;
    start({}, {"--set", "auth.jwk_file=" + key.string()});
    EXPECT_EQ(get("/v1/rooms/general/events", ann_).status, 200);
    std::string forged = ann_;
    forged[forged.size() - 20] = forged[forged.size() - 20] == 'A' ? 'B' : 'A';
    expect_problem(get("/v1/rooms/general/events", forged), 401, "token_signature");
    chat_.reset();
    server_->stop();
    std::filesystem::remove_all(data());
  }
}

TEST_F(http_queries_test, clients_that_leave_while_their_read_runs_harm_nobody) {
  start({"--set", "limits.user_reads_per_second=0"});
  const auto port = parse_endpoint(std::string_view(server_->http()).substr(7))->port;
  const std::string request =
      "GET /v1/rooms/general/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + ann_ +
      "\r\n\r\n";
  for (int i = 0; i < 200; ++i) {
    ws_client leaver(port, {"", {}, 0, false});
    leaver.send_bytes(request + request);
    if (i % 2 == 0) {
      const linger at_once{1, 0};  // the connection is reset
      ::setsockopt(leaver.socket(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
  }
  EXPECT_EQ(get("/v1/rooms/general/events", ann_).status, 200);
  EXPECT_EQ(server_->stop(), 0) << server_->child().errors();
}

}  // namespace
}  // namespace roomlog::testing
