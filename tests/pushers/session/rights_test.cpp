// Who is put out of a room while their read waits, or while it runs, is shown nothing from after
// that: on every path on which a room is read.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/pushers/client_server_rig.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

// A way to read, and what its answer holds where nothing comes between.
struct way {
  const char* name;
  const char* command;  // over WebSocket; else null
  const char* path;     // over HTTP
  const char* good;
};

void PrintTo(const way& w, std::ostream* out) {
  *out << w.name;
}

constexpr way ways[] = {
    {"history", R"({"type":"history","id":1,"room":"r"})", nullptr, "from before"},
    {"history_since", R"({"type":"history","id":1,"room":"r","since":"2020-01-01T00:00:00Z"})",
     nullptr, "from before"},
    {"history_forward", R"({"type":"history","id":1,"room":"r","after_seq":1})", nullptr,
     "from before"},
    {"members", R"({"type":"members","id":1,"room":"r"})", nullptr, R"("count":2)"},
    {"rooms", R"({"type":"rooms","id":1})", nullptr, R"("room":"r")"},
    {"http_events", nullptr, "/v1/rooms/r/events", "from before"},
    {"http_events_since", nullptr, "/v1/rooms/r/events?since=2020-01-01T00:00:00Z", "from before"},
    {"http_events_last", nullptr, "/v1/rooms/r/events?last=50", "from before"},
    {"http_members", nullptr, "/v1/rooms/r/members", R"("count":2)"},
    {"http_room", nullptr, "/v1/rooms/r", R"("count":2)"},
    {"http_rooms", nullptr, "/v1/rooms", R"("room":"r")"},
};

struct rights : ::testing::TestWithParam<way> {
  rights() {
    rig.world.create("default/r", "ann");
    rig.world.member("default/r", "ann", "bob", member_change::invited);
    rig.world.post("default/r", "ann", "from before");
    rig.world.create("default/other", "cyd");
  }
  // bob asks; the answer is read later.
  ws_client ask() {
    const auto& p = GetParam();
    if (p.command != nullptr) {
      auto client = rig.sign_in("bob");
      client.send_text(p.command);
      return client;
    }
    ws_client client(rig.port(), {"", {}, 0, false});
    client.send_bytes(std::string("GET ") + p.path +
                      " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer bob"
                      "\r\n\r\n");
    return client;
  }
  std::string answer_on(ws_client& client) {
    if (GetParam().command == nullptr) return client.read_to_end();
    return client.next_object().value_or("nothing");
  }
  void put_bob_out() {
    rig.world.member("default/r", "ann", "bob", member_change::kicked);
    rig.world.post("default/r", "ann", "from after");
    rig.world.member("default/r", "ann", "dan", member_change::invited);
  }
  void expect_nothing_from_after(const std::string& answer) {
    EXPECT_EQ(answer.find("from after"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("dan"), std::string::npos) << answer;
    EXPECT_EQ(answer.find(R"("seq":5)"), std::string::npos) << answer;
    EXPECT_EQ(answer.find(R"("head":)"), std::string::npos) << answer;
  }

  server_rig rig{[](client_server_options& options) { options.reader_threads = 1; }};
};

INSTANTIATE_TEST_SUITE_P(ways, rights, ::testing::ValuesIn(ways),
                         [](const auto& info) { return info.param.name; });

TEST_P(rights, a_member_is_answered) {
  auto client = ask();
  const auto answer = answer_on(client);
  EXPECT_NE(answer.find(GetParam().good), std::string::npos) << answer;
}

TEST_P(rights, a_read_that_waited_while_its_user_was_put_out_shows_nothing_of_the_room) {
  rig.world.hold_pages(true);
  auto busy = rig.sign_in("cyd");
  busy.send_text(R"({"type":"history","id":1,"room":"other"})");
  ASSERT_TRUE(eventually([&] { return rig.world.pages_held() == 1; }));
  auto client = ask();
  ASSERT_TRUE(rig.eventually([](const auto& s) { return s.reads_waiting == 1; }));
  put_bob_out();
  rig.world.hold_pages(false);
  const auto answer = answer_on(client);
  expect_nothing_from_after(answer);
  EXPECT_EQ(answer.find("from before"), std::string::npos) << answer;
}

TEST_P(rights, a_read_that_runs_while_its_user_is_put_out_shows_nothing_from_after_that) {
  rig.world.hold_pages(true);
  auto client = ask();
  ASSERT_TRUE(eventually([&] { return rig.world.pages_held() == 1; }));
  put_bob_out();
  rig.world.hold_pages(false);
  expect_nothing_from_after(answer_on(client));
}

TEST_P(rights, a_state_that_cannot_be_read_says_nothing_of_who_may_read) {
  const std::string_view way = GetParam().name;
  const int questions = way == "rooms" || way == "http_rooms" ? 0 : 8;  // those ask the view alone
  int refused = 0;
  for (int more = 0; more < questions; ++more) {
    rig.world.fail_questions(more);
    auto client = ask();
    const auto answer = answer_on(client);
    rig.world.answer_questions();
    if (answer.find(GetParam().good) != std::string::npos) break;
    EXPECT_NE(answer.find(R"("code":"unavailable")"), std::string::npos) << answer;
    const auto* waiting_helps = GetParam().path ? "HTTP/1.1 503" : R"("temporary":true)";
    EXPECT_NE(answer.find(waiting_helps), std::string::npos) << answer;
    ++refused;
  }
  EXPECT_GE(refused, questions / 4);
  EXPECT_LT(refused, std::max(questions, 1)) << "at last it is answered";
}

}  // namespace
}  // namespace roomlog::testing
