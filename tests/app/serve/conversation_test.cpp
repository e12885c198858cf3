// Clients at a real server over real sockets: what the wiring owes them, from the token to the
// drain, over restarts and kills. On every engine.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "app/config/endpoint.h"
#include "tests/app/chat_client.h"
#include "tests/app/general_room.h"
#include "tests/app/http_get.h"
#include "tests/ingress/auth/jwt_test_support.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

// The event loops' figures follow with their next turn.
bool metrics_show(const running_server& server, std::string_view line) {
  return eventually(
      [&] { return http_get(server.admin(), "/metrics").body.find(line) != std::string::npos; });
}

class conversation_test : public ::testing::Test {
 protected:
  std::filesystem::path data() const { return directory_.path() / "data"; }
  temporary_directory directory_;
};

// S1.8, S1.12, S1.30, S1.42, S3.43, S4.10, S4.15, conflict 4, conflict 15: counted
TEST_F(conversation_test, a_message_travels_and_a_retry_is_the_same_message) {
  running_server server(data());
  chat_client ann(server, token_for(data(), "ann", {"--name", "Ann"}));
  chat_client bob(server, token_for(data(), "bob"));
  EXPECT_EQ(number_of(ann.ask(create_general, 1), "seq"), 1);
  EXPECT_EQ(number_of(bob.ask(R"({"type":"join","id":1,"room":"general","cid":"b-1"})", 1), "seq"),
            2);
  const auto subscribed =
      bob.ask(R"({"type":"subscribe","id":2,"room":"general","after_seq":0})", 2);
  EXPECT_EQ(text_of(subscribed, "type"), "subscribed");
  EXPECT_EQ(number_of(bob.wait_for_type("live"), "seq"), 2);

  const auto ack = ann.ask(send(2, "c-2", "hello"), 2);
  EXPECT_EQ(text_of(ack, "type"), "ack");
  EXPECT_EQ(number_of(ack, "seq"), 3);
  EXPECT_FALSE(ack.at("duplicate").as_bool());
  const auto again = ann.ask(send(3, "c-2", "hello"), 3);
  EXPECT_EQ(number_of(again, "seq"), 3);
  EXPECT_TRUE(again.at("duplicate").as_bool());
  const auto other = ann.ask(send(4, "c-2", "something else"), 4);
  EXPECT_EQ(text_of(other, "code"), "cid_conflict");

  const auto pushed =
      bob.wait_for([](const boost::json::object& object) { return number_of(object, "seq") == 3; });
  EXPECT_EQ(text_of(pushed, "text"), "hello");
  EXPECT_EQ(text_of(pushed, "name"), "Ann");
  const auto page = ann.ask(R"({"type":"history","id":5,"room":"general"})", 5);
  EXPECT_EQ(page.at("events").as_array().size(), 3u);

  for (const char* line :
       {"roomlog_commands_total{outcome=\"accepted\"} 3",
        "roomlog_commands_total{outcome=\"duplicate\"} 1",
        "roomlog_commands_refused_total{code=\"cid_conflict\"} 1", "roomlog_ack_seconds_count 3",
        "roomlog_sessions 2", "roomlog_subscriptions 1",
        "roomlog_tokens_total{outcome=\"accepted\"} 2"}) {
    EXPECT_TRUE(metrics_show(server, line)) << line;
  }
}

// S1.32, S2.3.3.4
TEST_F(conversation_test, what_was_acknowledged_is_there_after_a_stop_and_after_a_kill) {
  std::string token;
  {
    running_server server(data());
    token = token_for(data(), "ann");
    chat_client ann(server, token);
    (void)ann.ask(create_general, 1);  // checked by what follows
    EXPECT_EQ(number_of(ann.ask(send(2, "c-2", "before the stop"), 2), "seq"), 2);
    EXPECT_EQ(server.stop(), 0);
  }
  {
    running_server server(data());
    chat_client ann(server, token);
    EXPECT_EQ(number_of(ann.ask(send(3, "c-3", "before the kill"), 3), "seq"), 3);
    server.child().signal(SIGKILL);
    server.child().wait();
  }
  running_server server(data());
  chat_client ann(server, token);
  EXPECT_EQ(number_of(ann.ask(send(3, "c-3", "before the kill"), 3), "seq"), 3);
  const auto page = ann.ask(R"({"type":"history","id":5,"room":"general"})", 5);
  const auto& events = page.at("events").as_array();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(text_of(events[1].as_object(), "text"), "before the stop");
  EXPECT_EQ(text_of(events[2].as_object(), "text"), "before the kill");
}

// S1.1, S1.27
TEST_F(conversation_test, connections_of_several_threads_meet) {
  running_server server(data(), {"--threads", "3"});
  const std::string token = token_for(data(), "ann");
  std::vector<std::unique_ptr<chat_client>> devices;
  for (int i = 0; i < 6; ++i) devices.push_back(std::make_unique<chat_client>(server, token));
  (void)devices[0]->ask(create_general, 1);  // checked by what follows
  for (auto& device : devices) {
    (void)device->ask(R"({"type":"subscribe","id":2,"room":"general"})", 2);
  }
  EXPECT_EQ(number_of(devices[0]->ask(send(3, "c-2", "to all"), 3), "seq"), 2);
  for (std::size_t i = 1; i < devices.size(); ++i) {
    EXPECT_EQ(text_of(devices[i]->wait_for_type("event"), "text"), "to all");
  }
}

TEST_F(conversation_test, a_drain_says_so_answers_what_is_in_flight_and_closes_with_1012) {
  running_server server(data(), {"--set", "server.drain_notice=1s"});
  chat_client ann(server, token_for(data(), "ann", {"--scope", "unlimited"}));
  (void)ann.ask(create_general, 1);  // checked by what follows
  server.child().signal(SIGTERM);
  EXPECT_GT(number_of(ann.wait_for_type("drain"), "after_ms"), 0);
  const auto ready = http_get(server.admin(), "/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find(R"({"name":"server","ready":false,"why":"is draining"})"),
            std::string::npos)
      << ready.body;
  EXPECT_EQ(http_get(server.admin(), "/livez").status, 200);
  constexpr int sends = 50;
  for (int i = 0; i < sends; ++i) ann.tell(send(100 + i, "d-" + std::to_string(i), "last words"));
  for (int i = 0; i < sends; ++i) {
    const auto answer = ann.wait_for(
        [&](const boost::json::object& object) { return number_of(object, "id") == 100 + i; });
    EXPECT_EQ(number_of(answer, "seq"), 2 + i) << boost::json::serialize(answer);
  }
  const auto closed = ann.socket().wait_close();
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->close_code(), 1012u);
  EXPECT_EQ(server.child().wait(), 0) << server.child().errors();
}

TEST_F(conversation_test, a_drain_leaves_no_message_in_the_log_that_was_not_acknowledged) {
  running_server server(data(), {"--set", "server.drain_notice=0"});
  chat_client ann(server, token_for(data(), "ann", {"--scope", "unlimited"}));
  (void)ann.ask(create_general, 1);  // checked by what follows
  // More than may be in flight: the drain falls into the middle of them.
  for (int i = 0; i < 2000; ++i) ann.tell(send(100 + i, "d-" + std::to_string(i), "one of many"));
  std::size_t acks = 0;
  (void)ann.wait_for_type("ack");  // the first of them
  ++acks;
  server.child().signal(SIGTERM);
  while (const auto object = ann.socket().next_object()) {
    acks += object->find(R"("type":"ack")") != std::string::npos;
  }
  EXPECT_EQ(server.child().wait(), 0) << server.child().errors();
  std::vector<std::string> read{"read", "--room", "general"};
  std::ranges::copy(read_log_arguments(data()), std::back_inserter(read));
  const auto kept = run_roomlog(read).out;
  EXPECT_EQ(std::ranges::count(kept, '\n'), acks + 1);  // and the create
  EXPECT_GT(acks, 1u);
}

TEST_F(conversation_test, a_second_signal_ends_at_once) {
  running_server server(data(), {"--set", "server.drain_notice=50s", "--set", "server.drain=60s"});
  chat_client ann(server, token_for(data(), "ann"));
  server.child().signal(SIGTERM);
  (void)ann.wait_for_type("drain");  // the drain has begun
  server.child().signal(SIGTERM);
  EXPECT_EQ(server.child().wait(std::chrono::seconds(20)), 1);
}

// S1.31, S2.2.1.1, S2.2.1.2, S2.3.4.1, S2.5.4.4
TEST_F(conversation_test, wrong_tokens_are_told_why) {
  running_server server(data(), {"--set", "server.auth_timeout=200ms"});
  const std::string good = token_for(data(), "ann");
  const auto try_token = [&](const std::string& token) {
    chat_client stranger(server);
    stranger.tell(R"({"type":"auth","token":")" + token + R"("})");
    const std::string code = text_of(stranger.wait_for_type("error"), "code");
    return code + " " + std::to_string(stranger.socket().wait_close()->close_code());
  };
  EXPECT_EQ(try_token("nonsense"), "token_malformed 4501");
  std::string forged = good;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(try_token(forged), "token_signature 4502");
  chat_client silent(server);
  EXPECT_EQ(silent.socket().wait_close()->close_code(), 4500u);
}

TEST_F(conversation_test, tokens_of_public_keys_are_checked_too) {
  const auto key = directory_.path() / "key.json";
  std::ofstream(key) << jwt::forms_of(jwt::kind::ed25519).private_jwk;
  const std::vector<std::string> with_key{"--set", "auth.jwk_file=" + key.string()};
  running_server server(data(), with_key);
  const std::string token = token_for(data(), "ann", with_key);
  chat_client ann(server, token);
  EXPECT_EQ(number_of(ann.ask(create_general, 1), "seq"), 1);
  EXPECT_FALSE(std::filesystem::exists(data() / "token.key"));

  chat_client mallory(server);
  std::string forged = token;
  forged[forged.size() - 20] = forged[forged.size() - 20] == 'A' ? 'B' : 'A';
  mallory.tell(R"({"type":"auth","token":")" + forged + R"("})");
  EXPECT_EQ(text_of(mallory.wait_for_type("error"), "code"), "token_signature");
}

TEST_F(conversation_test, rate_limits_come_from_the_environment_and_zero_means_none) {
  int servers = 0;
  const auto refused_of = [&](const child_process::environment& variables) {
    const auto own = directory_.path() / std::to_string(++servers);
    running_server server(own, {}, variables);
    chat_client ann(server, token_for(own, "ann"));
    (void)ann.ask(create_general, 1);  // checked by what follows
    std::map<std::string, int> refused;
    for (int i = 0; i < 30; ++i) {
      const auto answer = ann.ask(send(100 + i, "c-" + std::to_string(i + 2), "x"), 100 + i);
      if (text_of(answer, "code") == "rate_limited") ++refused[text_of(answer, "limit")];
    }
    return refused;
  };
  using refusals = std::map<std::string, int>;
  const child_process::environment none{{"ROOMLOG_LIMITS__USER_PER_SECOND", "0"},
                                        {"ROOMLOG_LIMITS__USER_PER_MINUTE", "0"},
                                        {"ROOMLOG_LIMITS__USER_COMMANDS_PER_SECOND", "0"},
                                        {"ROOMLOG_LIMITS__USER_COMMANDS_PER_MINUTE", "0"}};
  EXPECT_EQ(refused_of(none), refusals{});
  auto messages = none;
  messages[1].second = "7";
  EXPECT_EQ(refused_of(messages), (refusals{{"user_per_minute", 23}}));
  auto commands = none;
  commands[3].second = "7";
  EXPECT_EQ(refused_of(commands), (refusals{{"user_commands", 24}})) << "the creation counts too";
  auto bytes = none;
  bytes.push_back({"ROOMLOG_LIMITS__USER_APPEND_BYTES", "1KiB"});
  EXPECT_GE(refused_of(bytes)["user_bytes"], 20);
}

// Limits on people that one names, and what /metrics says of all these.
TEST_F(conversation_test, a_create_that_names_too_many_is_refused_and_counted) {
  const auto own = directory_.path() / "named";
  running_server server(own, {"--set", "limits.user_invites_per_minute=3"});
  chat_client ann(server, token_for(own, "ann"));
  const auto create = [](int id, const std::string& members) {
    return R"({"type":"create","room":"r)" + std::to_string(id) + R"(","members":[)" + members +
           R"(],"id":)" + std::to_string(id) + "}";
  };
  EXPECT_EQ(text_of(ann.ask(create(1, R"("a","b")"), 1), "type"), "ack");
  const auto later = ann.ask(create(2, R"("a","b")"), 2);
  EXPECT_EQ(text_of(later, "limit"), "user_invites");
  EXPECT_TRUE(later.at("temporary").as_bool());
  EXPECT_GT(number_of(later, "retry_after_ms"), 50'000);
  const auto never = ann.ask(create(3, R"("a","b","c","d")"), 3);
  EXPECT_EQ(text_of(never, "limit"), "user_invites");
  EXPECT_FALSE(never.at("temporary").as_bool());
  EXPECT_EQ(never.if_contains("retry_after_ms"), nullptr);
  const auto metrics = http_get(server.admin(), "/metrics").body;
  EXPECT_NE(metrics.find("roomlog_commands_rate_limited_total{limit=\"user_invites\"} 2\n"),
            std::string::npos);
  EXPECT_NE(metrics.find("roomlog_commands_rate_limited_total{limit=\"user_bytes\"} 0\n"),
            std::string::npos);
}

// S3.31
TEST_F(conversation_test, words_of_the_list_are_prohibited) {
  const auto list = directory_.path() / "words.txt";
  std::ofstream(list) << "# not these\n\n  flurb \n";
  running_server server(data(), {"--set", "content.prohibited_words_file=" + list.string()});
  chat_client ann(server, token_for(data(), "ann"));
  (void)ann.ask(create_general, 1);  // checked by what follows
  EXPECT_EQ(text_of(ann.ask(send(2, "c-2", "what a FLURB!"), 2), "code"), "prohibited_content");
  EXPECT_EQ(text_of(ann.ask(send(3, "c-3", "not these"), 3), "type"), "ack");
}

TEST_F(conversation_test, limits_of_messages_are_settings) {
  running_server server(
      data(), {"--set", "limits.text_code_points=5", "--set", "limits.frame_bytes=1KiB", "--set",
               "limits.connections=1", "--set", "limits.title_code_points=3", "--set",
               "limits.create_members=1"});
  chat_client ann(server, token_for(data(), "ann"));
  const auto create = [&](int id, const std::string& more) {
    const auto n = std::to_string(id);
    return ann.ask(R"({"type":"create","id":)" + n + R"(,"room":"r)" + n + R"(","cid":"r-)" + n +
                       "\"," + more + "}",
                   id);
  };
  EXPECT_EQ(text_of(create(11, R"("title":"abc","members":["bob"])"), "type"), "ack");
  EXPECT_EQ(text_of(create(12, R"("title":"abcd")"), "code"), "invalid_field");
  EXPECT_EQ(text_of(create(13, R"("members":["bob","carl"])"), "code"), "invalid_field");
  (void)ann.ask(create_general, 1);  // checked by what follows
  EXPECT_EQ(text_of(ann.ask(send(2, "c-2", "12345"), 2), "type"), "ack");
  EXPECT_EQ(text_of(ann.ask(send(3, "c-3", "123456"), 3), "code"), "message_too_long");
  ws_client second(parse_endpoint(server.http().substr(sizeof "http://" - 1))->port);
  EXPECT_EQ(second.wait_close()->close_code(), 4001u);
  ann.tell(send(4, "c-4", std::string(2000, 'x')));
  EXPECT_EQ(ann.socket().wait_close()->close_code(), 1009u);
  for (const char* line :
       {R"(roomlog_error_frames_total{code="message_too_long"} 1)",
        R"(roomlog_error_frames_total{code="invalid_field"} 2)",
        R"(roomlog_closes_total{code="4001"} 1)", R"(roomlog_closes_total{code="1009"} 1)",
        R"(roomlog_closes_total{code="other"} 0)", "roomlog_query_pages_cut_total 0",
        "roomlog_lost_ranges_total 0", "roomlog_reads_waiting 0",
        R"(roomlog_http_responses_total{status="413"} 0)",
        R"(roomlog_reads_held_total{limit="output_bytes"} 0)"}) {
    EXPECT_TRUE(metrics_show(server, line)) << line;
  }
}

}  // namespace
}  // namespace roomlog::testing
