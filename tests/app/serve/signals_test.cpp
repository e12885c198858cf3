// What a server makes of signals: a reload at SIGHUP, a drain at all others that end a process.
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <fstream>

#include "tests/app/chat_client.h"
#include "tests/app/general_room.h"
#include "tests/app/http_get.h"
#include "tests/ingress/auth/jwt_test_support.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

class signals_test : public ::testing::Test {
 protected:
  std::filesystem::path data() const { return directory_.path() / "data"; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_.path() / name) << text;
    return directory_.path() / name;
  }
  // SIGHUP, and until stderr has said `text` so many times.
  static void reload(running_server& server, const std::string& text, int times = 1) {
    server.child().signal(SIGHUP);
    EXPECT_TRUE(eventually([&] { return count(server.child().errors(), text) >= times; }))
        << text << "\n"
        << server.child().errors();
  }
  static int count(const std::string& in, const std::string& what) {
    int found = 0;
    for (auto at = in.find(what); at != in.npos; at = in.find(what, at + 1)) ++found;
    return found;
  }
  std::string token_by(const std::string& jwk_file, const std::string& user) const {
    const auto ran = run_roomlog({"token", "--user", user, "--set", "auth.jwk_file=" + jwk_file});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out.substr(0, ran.out.find('\n'));
  }
  // How a connection with this token is answered: "authenticated" or the code of an error.
  static std::string answer_to(const running_server& server, const std::string& token) {
    chat_client somebody(server);
    somebody.tell(R"({"type":"auth","token":")" + token + "\"}");
    const auto answer = somebody.wait_for([](const boost::json::object& o) {
      return text_of(o, "type") == "authenticated" || text_of(o, "type") == "error";
    });
    return text_of(answer, "type") == "error" ? text_of(answer, "code") : "authenticated";
  }

  temporary_directory directory_;
};

TEST_F(signals_test, every_signal_that_ends_a_process_drains) {
  const int all[] = {SIGTERM,   SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2,  SIGALRM, SIGPROF,
                     SIGVTALRM, SIGPOLL, SIGPWR,  SIGXCPU, SIGRTMIN, SIGRTMAX};
  for (const int number : all) {
    running_server server(data());
    server.child().signal(number);
    EXPECT_EQ(server.child().wait(), 0) << strsignal(number);
    EXPECT_NE(server.child().errors().find("server: is down"), std::string::npos)
        << strsignal(number);
  }
}

TEST_F(signals_test, a_reload_that_finds_nothing_new_changes_nothing) {
  running_server server(data());
  chat_client ann(server, token_for(data(), "ann"));
  reload(server, "auth: the keys were read again; 1 are in force");
  EXPECT_EQ(text_of(ann.ask(create_general, 1), "type"), "ack");
  EXPECT_EQ(http_get(server.admin(), "/readyz").status, 200);
  const auto metrics = http_get(server.admin(), "/metrics").body;
  EXPECT_NE(metrics.find("roomlog_reloads_total{outcome=\"refused\"} 0"), metrics.npos);
  server.child().signal(SIGHUP);
  EXPECT_EQ(server.stop(), 0) << "also while a reload is asked for";
}

TEST_F(signals_test, keys_are_replaced_while_connections_stay) {
  const std::string old_key = jwt::forms_of(jwt::kind::ed25519).private_jwk;
  const std::string new_key = jwt::make_forms(jwt::kind::ed25519).private_jwk;
  const auto file = write("keys", old_key).string();
  running_server server(data(), {"--set", "auth.jwk_file=" + file});
  const std::string old_token = token_by(file, "ann");
  chat_client ann(server, old_token);
  EXPECT_EQ(text_of(ann.ask(create_general, 1), "type"), "ack");

  (void)write("keys", new_key);
  reload(server, "the keys were read again");
  EXPECT_EQ(answer_to(server, token_by(file, "bob")), "authenticated");
  EXPECT_EQ(answer_to(server, old_token), "token_signature");
  EXPECT_EQ(text_of(ann.ask(send(2, "c-2", "still here"), 2), "type"), "ack")
      << "who was let in stays";

  (void)write("keys", "{");
  reload(server, "the keys could not be read again and stay as they were: " + file);
  EXPECT_EQ(answer_to(server, token_by(write("new", new_key).string(), "bob")), "authenticated");
  std::filesystem::remove(file);
  reload(server, "No such file");
  EXPECT_EQ(answer_to(server, token_by(write("new", new_key).string(), "bob")), "authenticated");
  const auto metrics = http_get(server.admin(), "/metrics").body;
  EXPECT_NE(metrics.find("roomlog_reloads_total{outcome=\"refused\"} 2"), metrics.npos);
}

TEST_F(signals_test, prohibited_words_are_replaced_and_a_bad_list_is_not_taken) {
  const auto list = write("words", "flurb\n").string();
  running_server server(data(), {"--set", "content.prohibited_words_file=" + list});
  chat_client ann(server, token_for(data(), "ann"));
  (void)ann.ask(create_general, 1);  // checked by what follows
  int id = 1;
  const auto answer_to_text = [&](const std::string& text) {
    ++id;
    const auto answer = ann.ask(send(id, "c-" + std::to_string(id), text), id);
    return text_of(answer, "type") == "ack" ? "ack" : text_of(answer, "code");
  };
  EXPECT_EQ(answer_to_text("flurb"), "prohibited_content");
  EXPECT_EQ(answer_to_text("grok"), "ack");

  (void)write("words", "grok\n");
  reload(server, "content: the prohibited words were read again; 1 are in force");
  EXPECT_EQ(answer_to_text("flurb"), "ack");
  EXPECT_EQ(answer_to_text("grok"), "prohibited_content");

  (void)write("words", "two words\n");
  reload(server, "content: the prohibited words could not be read again and stay as they were: " +
                     list + ", line 1");
  EXPECT_EQ(answer_to_text("grok"), "prohibited_content");
  reload(server, "the keys were read again", 3);
}

TEST_F(signals_test, a_reload_during_the_drain_does_not_cut_it_short) {
  running_server server(data(), {"--set", "server.drain_notice=300ms"});
  chat_client ann(server, token_for(data(), "ann"));
  server.child().signal(SIGTERM);
  EXPECT_EQ(text_of(ann.wait_for_type("drain"), "type"), "drain");
  server.child().signal(SIGHUP);
  EXPECT_EQ(server.child().wait(), 0) << server.child().errors();
}

}  // namespace
}  // namespace roomlog::testing
