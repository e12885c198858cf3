// Feeding logs: what is planned from files, and a real server fed by the binary.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "app/feed/feed_plan.h"
#include "tests/app/chat_client.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

TEST(feed_plan, cid_is_the_beginning_of_the_sha256_of_name_and_line) {
  // printf 'a.log:1' | sha256sum
  EXPECT_EQ(feed_cid("a.log", 1), "28624dd2e88178a1bb309464e2756c25");
}

class feed_test : public ::testing::Test {
 protected:
  std::filesystem::path data() const { return directory_.path() / "data"; }

  std::string file(const std::string& name, const std::string& text) const {
    const auto path = directory_.path() / name;
    create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  // n lines by so many nicks, in blocks of one nick's.
  std::string long_file(int lines, int nicks) const {
    std::string text;
    for (int i = 0; i < lines; ++i) {
      text +=
          "[10:00] <nick" + std::to_string(i / 3 % nicks) + "> line " + std::to_string(i) + '\n';
    }
    return file("2020-02-02.log", text);
  }
  std::vector<std::string> arguments(const running_server& server,
                                     std::vector<std::string> more) const {
    std::vector<std::string> all{"feed",          "--url",  server.ws(), "--data",
                                 data().string(), "--room", "irc",       "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  boost::json::object feed(const running_server& server, std::vector<std::string> more,
                           int exit_code = 0) const {
    const auto done = run_roomlog(arguments(server, std::move(more)));
    EXPECT_EQ(done.code, exit_code) << done.err;
    return boost::json::parse(done.out).as_object();
  }
  // The messages of the room, all of them; none before the room is there.
  std::vector<boost::json::object> messages(const running_server& server) const {
    chat_client reader(server, token_for(data(), "feed"));
    std::vector<boost::json::object> found;
    for (std::int64_t after = 0, id = 1;; ++id) {
      const auto page =
          reader.ask(R"({"type":"history","room":"irc","limit":200,"id":)" + std::to_string(id) +
                         R"(,"after_seq":)" + std::to_string(after) + '}',
                     id);
      if (text_of(page, "code") == "unknown_room") return {};
      for (const auto& event : page.at("events").as_array()) {
        after = number_of(event.as_object(), "seq");
        if (text_of(event.as_object(), "kind") == "message") found.push_back(event.as_object());
      }
      if (!page.at("more").as_bool()) return found;
    }
  }

  temporary_directory directory_;
};

TEST_F(feed_test, plan_names_predecessors_only_within_a_file_and_a_nick) {
  const std::filesystem::path paths[] = {
      file("1.log",
           "[00:00] <a> 1\n=== b [b@host]  has joined #x\n[00:00] <a> 2\n[00:00] <a>\n"
           "[00:01]  * a waves\n[00:01] <b> 4\n[00:02] <a> 5\nnonsense\n"),
      file("2.log", "[00:00] <a> 6\n\n")};
  const auto plan = make_feed_plan(paths);
  ASSERT_TRUE(plan);
  std::vector<bool> follows;
  for (const auto& item : plan->items) follows.push_back(item.follows);
  EXPECT_EQ(follows, (std::vector<bool>{false, true, true, false, false, false}));
  EXPECT_EQ(plan->nicks, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(plan->read.lines, 10u);
  EXPECT_EQ(plan->read.unsendable[static_cast<std::size_t>(irc_trouble::empty_text)], 1u);
  EXPECT_EQ(plan->read.unparsable, std::vector<std::string>{"1.log:8: nonsense"});
}

TEST_F(feed_test, two_files_of_one_name_are_refused) {
  const std::filesystem::path paths[] = {file("x/1.log", ""), file("y/1.log", "")};
  const auto plan = make_feed_plan(paths);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, errc::invalid);
}

TEST_F(feed_test, what_was_said_is_there_in_order_and_a_second_run_stores_nothing) {
  running_server server(data());
  const auto log = file("2004-12-25.log",
                        "[09:14] <ann> caf\xC3\xA9 \"quoted\" \\ \t \x01 \xF0\x9F\x98\x80\r\n"
                        "[09:14] <bob> second\n[09:15] <ann> third\n[09:15]  * ann waves\n"
                        "=== bob is now known as bobby\n[09:16] <ann[1] > fifth\nnonsense\n");
  const auto first = feed(server, {log});
  EXPECT_EQ(text_of(first, "room"), "made");
  EXPECT_EQ(number_of(first, "accepted"), 5);
  EXPECT_EQ(number_of(first, "duplicates"), 0);
  EXPECT_EQ(number_of(first, "lines"), 7);
  EXPECT_EQ(number_of(first, "carriage_returns_dropped"), 1);
  EXPECT_EQ(number_of(first, "byte_order_marks_dropped"), 0);
  EXPECT_EQ(number_of(first, "joins_accepted"), 3);
  const auto said = messages(server);
  ASSERT_EQ(said.size(), 5u);
  const char* actors[] = {"ann", "bob", "ann", "ann", "ann[1]"};
  const char* texts[] = {"caf\xC3\xA9 \"quoted\" \\ \t \x01 \xF0\x9F\x98\x80", "second", "third",
                         "waves", "fifth"};
  for (std::size_t i = 0; i < said.size(); ++i) {
    EXPECT_EQ(text_of(said[i], "actor"), actors[i]);
    EXPECT_EQ(text_of(said[i], "text"), texts[i]);
    EXPECT_EQ(text_of(said[i], "content_type"), i == 3 ? "action" : "text");
  }
  EXPECT_EQ(text_of(said[1].at("metadata").as_object(), "irc_time"), "2004-12-25T09:14");
  EXPECT_EQ(text_of(said[1], "cid"), feed_cid("2004-12-25.log", 2));

  const auto second = feed(server, {log});
  EXPECT_EQ(text_of(second, "room"), "there already");
  EXPECT_EQ(number_of(second, "accepted"), 0);
  EXPECT_EQ(number_of(second, "duplicates"), 5);
  EXPECT_EQ(messages(server).size(), 5u);
}

TEST_F(feed_test, a_file_of_another_system_is_sent_without_its_marks_and_says_so) {
  running_server server(data());
  const auto log = file("1.log", "\xEF\xBB\xBF[10:00] <ann> first\r\n[10:01] <ann> second\r\n");
  auto words = arguments(server, {log});
  std::erase(words, "--json");
  const auto ran = run_roomlog(words);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("dropped      the CR at the end of 2 lines, a byte order mark at the "
                         "beginning of 1 files\n"),
            std::string::npos)
      << ran.out;
  const auto said = messages(server);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(text_of(said[0], "text"), "first");
  EXPECT_EQ(text_of(said[1], "text"), "second");
}

TEST_F(feed_test, a_key_file_with_a_byte_order_mark_is_told_from_a_secret) {
  const std::string secret(40, 'k');
  running_server server(data(), {}, {{"ROOMLOG_AUTH__HMAC_SECRET", secret}});
  const auto log = file("1.log", "[10:00] <ann> first\n");
  for (const std::string& key :
       {file("jwk",
             "\xEF\xBB\xBF "
             "{\"kty\":\"oct\",\"k\":\"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2traw\"}"),
        file("secret", "\xEF\xBB\xBF" + secret + "\r\n")}) {
    const auto done = feed(server, {"--key-file", key, log});
    EXPECT_EQ(number_of(done, "accepted") + number_of(done, "duplicates"), 1);
  }
}

TEST_F(feed_test, fewer_connections_than_nicks_are_enough_in_any_order) {
  running_server server(data());
  const auto log = long_file(600, 50);
  EXPECT_EQ(number_of(feed(server, {"--connections", "1", log}), "accepted"), 600);
  const auto said = messages(server);
  ASSERT_EQ(said.size(), 600u);
  for (std::size_t i = 0; i < said.size(); ++i) {
    ASSERT_EQ(text_of(said[i], "text"), "line " + std::to_string(i));
  }
  const auto again = feed(server, {"--unordered", "--connections", "7", log});
  EXPECT_EQ(number_of(again, "duplicates"), 600);
}

TEST_F(feed_test, refused_line_does_not_take_the_next_one_with_it) {
  const auto words = file("words", "forbidden\n");
  running_server server(data(), {"--set", "content.prohibited_words_file=" + words});
  const auto log = file("1.log",
                        "[00:00] <a> one\n[00:00] <a> forbidden\n[00:00] <a> three\n"
                        "[00:00] <a> four\n");
  for (const bool first : {true, false}) {
    const auto done = feed(server, {log}, 1);
    EXPECT_EQ(number_of(done, first ? "accepted" : "duplicates"), 3);
    EXPECT_EQ(number_of(done.at("refused_by_code").as_object(), "prohibited_content"), 1);
  }
  const auto said = messages(server);
  ASSERT_EQ(said.size(), 3u);
  EXPECT_EQ(text_of(said[1], "text"), "three");
  EXPECT_EQ(text_of(said[2], "text"), "four");
}

TEST_F(feed_test, goes_on_after_the_server_was_killed_and_stores_every_line_once) {
  auto server = std::make_unique<running_server>(data());
  const auto log = long_file(2000, 20);
  child_process feeding(arguments(*server, {"--rate", "1000", log}));
  while (messages(*server).size() < 200) {
  }
  const std::string address = server->http().substr(std::string("http://").size());
  server->child().signal(SIGKILL);
  EXPECT_TRUE(server->child().wait());
  server.reset();
  std::vector<std::string> words{"serve", "--data",         data().string(), "--listen",
                                 address, "--admin-listen", "127.0.0.1:0"};
  std::ranges::copy(server_log_arguments(data()), std::back_inserter(words));
  child_process revived(words);
  ASSERT_TRUE(revived.read_line());
  const auto summary = feeding.read_line();
  ASSERT_TRUE(summary) << feeding.errors();
  EXPECT_EQ(feeding.wait(), 0) << feeding.errors();
  const auto done = boost::json::parse(*summary).as_object();
  EXPECT_EQ(number_of(done, "accepted") + number_of(done, "duplicates"), 2000) << *summary;
  EXPECT_GE(number_of(done, "connections_lost"), 1);
  revived.signal(SIGTERM);
  EXPECT_EQ(revived.wait(), 0);

  running_server again(data());
  const auto said = messages(again);
  ASSERT_EQ(said.size(), 2000u);
  for (std::size_t i = 0; i < said.size(); ++i) {
    ASSERT_EQ(text_of(said[i], "text"), "line " + std::to_string(i));
  }
}

TEST_F(feed_test, many_connections_that_end_at_once_are_said_once_a_second) {
  auto server = std::make_unique<running_server>(data());
  child_process feeding(
      arguments(*server, {"--unordered", "--rate", "1000", "--give-up", "4", long_file(6000, 50)}));
  while (messages(*server).empty()) {
  }
  server->child().signal(SIGKILL);
  EXPECT_TRUE(server->child().wait());
  const auto summary = feeding.read_line();
  ASSERT_TRUE(summary) << feeding.errors();
  EXPECT_EQ(feeding.wait(), 4);
  EXPECT_GE(number_of(boost::json::parse(*summary).as_object(), "connections_lost"), 20);
  const std::string& said = feeding.errors();
  EXPECT_NE(said.find("; going on\n"), std::string::npos) << said;
  EXPECT_LE(std::ranges::count(said, '\n'), 10) << said;
}

TEST_F(feed_test, what_cannot_begin_says_why) {
  running_server server(data());
  const auto log = file("1.log", "[00:00] <a> one\n");
  const auto refused = [&](std::vector<std::string> more, int code, const std::string& why) {
    std::vector<std::string> all{"feed", "--url", server.ws(), "--data", data().string()};
    all.insert(all.end(), more.begin(), more.end());
    const auto done = run_roomlog(all);
    EXPECT_EQ(done.code, code) << why;
    EXPECT_NE(done.err.find(why), std::string::npos) << done.err;
  };
  refused({}, 2, "at least one FILE is required");
  refused({"--rate", "fast", log}, 2, "--rate fast");
  refused({log + ".missing"}, 3, "No such file");
  refused({"--key-file", file("key", "another secret of more than 32 bytes"), log}, 3,
          "is this the key of the server?");
  chat_client owner(server, token_for(data(), "owner"));
  owner.ask(R"({"type":"create","id":1,"room":"private"})", 1);
  refused({"--room", "private", log}, 1, "a private room cannot be joined");
}

TEST_F(feed_test, a_report_that_cannot_be_written_is_exit_1_and_everything_was_sent) {
  running_server server(data());
  const auto log = file("1.log", "[00:00] <a> one\n[00:00] <b> two\n");
  for (const char* form : {" ", " --json "}) {
    const auto ran = run_shell("$ROOMLOG feed --url " + server.ws() + " --data " + data().string() +
                               " --room irc" + form + log + " >/dev/full");
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.err.find("cannot write to standard output: No space left"), std::string::npos)
        << ran.err;
  }
  EXPECT_EQ(messages(server).size(), 2u);
}

TEST_F(feed_test, gives_up_when_nobody_answers) {
  {
    running_server server(data());
    EXPECT_EQ(server.stop(), 0);
  }
  const auto done = run_roomlog({"feed", "--url", "ws://127.0.0.1:1/", "--data", data().string(),
                                 "--give-up", "1", file("1.log", "[00:00] <a> one\n")});
  EXPECT_EQ(done.code, 4);
  EXPECT_NE(done.err.find("no answer from ws://127.0.0.1:1/"), std::string::npos) << done.err;
}

}  // namespace
}  // namespace roomlog::testing
