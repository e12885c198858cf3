// What people in a room get of one another at a real server, and what they never get. On every
// engine.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>

#include "tests/app/chat_client.h"
#include "tests/app/general_room.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

using boost::json::object;

// The next event, as it came; what comes before it is passed over.
std::string next_event(chat_client& at) {
  while (const auto text = at.socket().next_object()) {
    if (text_of(boost::json::parse(*text).as_object(), "type") == "event") return *text;
  }
  throw std::runtime_error("the connection ended");
}

class exchange_test : public ::testing::Test {
 protected:
  // Ann has made "general"; everybody whom enter() lets in is a member of it and follows it.
  void start(const std::vector<std::string>& settings = {}) {
    std::vector<std::string> more;
    for (const auto& one : settings) more.insert(more.end(), {"--set", one});
    server_ = std::make_unique<running_server>(data(), more);
    ann_ = connect("ann", {"--name", "Ann"});
    expect_ack(ann_->ask(create_general, 1));
    subscribe(*ann_);
  }
  std::unique_ptr<chat_client> connect(const std::string& user,
                                       const std::vector<std::string>& more = {}) {
    return std::make_unique<chat_client>(*server_, token_for(data(), user, more));
  }
  std::unique_ptr<chat_client> enter(const std::string& user,
                                     const std::vector<std::string>& more = {}) {
    auto client = connect(user, more);
    expect_ack(client->ask(R"({"type":"join","id":1,"room":"general","cid":"join"})", 1));
    subscribe(*client);
    return client;
  }
  static void expect_ack(const object& answer) {
    EXPECT_EQ(text_of(answer, "type"), "ack") << boost::json::serialize(answer);
  }
  static object ask_subscribe(chat_client& at, const std::string& more) {
    return at.ask(R"({"type":"subscribe","id":2,)" + more + "}", 2);
  }
  static void subscribe(chat_client& at, const std::string& more = R"("room":"general")") {
    EXPECT_EQ(text_of(ask_subscribe(at, more), "type"), "subscribed");
    (void)at.wait_for_type("live");  // it follows from here
  }
  std::filesystem::path data() const { return directory_.path() / "data"; }

  temporary_directory directory_;
  std::unique_ptr<running_server> server_;
  std::unique_ptr<chat_client> ann_;
};

// S0.5, S0.6, S0.7, S0.34: byte for byte, key and signature too; S1.43; conflict 9: never altered
TEST_F(exchange_test, what_was_sent_arrives_as_it_was) {
  start();
  auto bob = enter("bob");
  const std::vector<std::string> fields{
      R"("content_type":"image/png")", R"("text":"<b>&amp;</b> \"\\ \t é 😀 \u2028' --")",
      R"("metadata":{"b":1,"a":[2.50,null,"<&>"],"":{}})",
      R"("attachments":[{"url":"https://files/1?a=b&c"},{}])",
      R"("signature":{"key":"MCowBQYDK2VwAyEA+/=","alg":"EdDSA","sig":"AAECAwQ+/w=="})"};
  std::string command = R"({"type":"send","id":3,"room":"general","cid":"c-3")";
  for (const auto& field : fields) command += "," + field;
  expect_ack(ann_->ask(command + "}", 3));
  const auto event = next_event(*bob);
  for (auto field : fields) {
    if (const auto at = field.find("\\u2028"); at != std::string::npos) {
      field.replace(at, 6, "\u2028");  // the same text, not escaped
    }
    EXPECT_NE(event.find(field), std::string::npos) << field << '\n' << event;
  }
}

// S0.17: the server's time; S1.31, S2.2.1.3, S3.17: the token's user
TEST_F(exchange_test, who_speaks_and_when_is_never_taken_from_the_message) {
  start();
  auto bob = enter("bob");
  const auto ack = ann_->ask(
      R"({"type":"send","id":3,"room":"general","cid":"c-3","text":"x","user":"bob","userId":"bob",)"
      R"("actor":"bob","sub":"bob","name":"Bob","tenant":"other","device":"phone","seq":99,)"
      R"("ts":"2001-01-01T00:00:00.000000Z","timestamp":"2001-01-01T00:00:00.000000Z"})",
      3);
  expect_ack(ack);
  const auto event = boost::json::parse(next_event(*bob)).as_object();
  EXPECT_EQ(text_of(event, "actor"), "ann");
  EXPECT_EQ(text_of(event, "name"), "Ann");
  EXPECT_EQ(event.count("device"), 0u);
  EXPECT_EQ(number_of(event, "seq"), 3);
  EXPECT_EQ(text_of(event, "ts"), text_of(ack, "ts"));
  EXPECT_GT(text_of(event, "ts"), "2026");
}

// S0.1, S2.3.4.2: nobody else hears of it; S3.13: its sender does; S3.32: which check speaks
TEST_F(exchange_test, what_a_check_refuses_is_told_to_its_sender_alone) {
  const auto words = directory_.path() / "words.txt";
  std::ofstream(words) << "flurb\n";
  start({"limits.user_per_second=0", "limits.user_per_minute=1",
         "content.prohibited_words_file=" + words.string()});
  auto eve = enter("eve");
  auto zoe = enter("zoe");
  int id = 10;
  const auto refusal_of = [&](chat_client& at, const std::string& cid, const std::string& text) {
    ++id;
    const auto answer = at.ask(send(id, cid, text), id);
    return text_of(answer, "code") + ": " + text_of(answer, "message");
  };
  const auto make = [&](const std::string& role) {
    ++id;
    const auto number = std::to_string(id);
    expect_ack(ann_->ask(R"({"type":"role","room":"general","user":"eve","role":")" + role +
                             R"(","id":)" + number + R"(,"cid":"role-)" + number + R"("})",
                         id));
  };
  expect_ack(eve->ask(send(3, "good", "the one of this minute"), 3));
  make("reader");
  // Everything is wrong with the first one; each of the next has one thing less.
  std::string lengthy;
  for (int i = 0; i < 1000; ++i) lengthy += "flurb ";
  EXPECT_EQ(refusal_of(*eve, "not a cid", lengthy).substr(0, 14), "invalid_field:");
  EXPECT_EQ(refusal_of(*eve, "x", lengthy),
            "message_too_long: Message too long (max 4000 characters)");
  EXPECT_EQ(refusal_of(*eve, "x", "flurb"), "no_permission: No write permission in this channel");
  make("writer");
  EXPECT_EQ(refusal_of(*eve, "x", "flurb"), "rate_limited: Rate limit exceeded");
  EXPECT_EQ(refusal_of(*zoe, "x", "flurb"),
            "prohibited_content: Message contains prohibited content");
  expect_ack(zoe->ask(send(4, "x", "well said"), 4));

  const auto is_last = [](const object& o) { return text_of(o, "text") == "well said"; };
  (void)ann_->wait_for(is_last);
  for (const auto& other : ann_->others()) {
    EXPECT_NE(text_of(other, "type"), "error") << boost::json::serialize(other);
    EXPECT_EQ(text_of(other, "text").find("flurb"), std::string::npos);
  }
  // The room is made, two join, roles change twice: what was refused has no seq either.
  EXPECT_EQ(number_of(ann_->ask(R"({"type":"history","id":5,"room":"general"})", 5)
                          .at("events")
                          .as_array()
                          .back()
                          .as_object(),
                      "seq"),
            7);
}

// S1.4: every connection of one user; S1.22; conflict 7, conflict 14
TEST_F(exchange_test, a_direct_message_reaches_all_devices_of_both_and_nobody_else) {
  start();
  auto phone = connect("ann", {"--device", "phone"});
  auto bob = connect("bob"), laptop = connect("bob", {"--device", "laptop"}), eve = connect("eve");
  const auto made =
      ann_->ask(R"({"type":"create","id":5,"cid":"c-5","direct":true,"members":["bob"]})", 5);
  expect_ack(made);
  const std::string room = R"("room":")" + text_of(made, "room") + '"';
  for (auto* each : {ann_.get(), phone.get(), bob.get(), laptop.get()}) subscribe(*each, room);
  EXPECT_EQ(text_of(ask_subscribe(*eve, room), "code"), "unknown_room");
  const auto ack =
      ann_->ask(R"({"type":"send","id":6,"cid":"c-6","text":"for you",)" + room + "}", 6);
  for (auto* each : {phone.get(), bob.get(), laptop.get()}) {
    const auto event = each->wait_for_type("event");
    EXPECT_EQ(text_of(event, "text"), "for you");
    EXPECT_EQ(number_of(event, "seq"), number_of(ack, "seq"));
  }
  expect_ack(bob->ask(R"({"type":"send","id":7,"cid":"c-7","text":"thanks",)" + room + "}", 7));
  EXPECT_EQ(text_of(ann_->wait_for_type("event"), "text"), "thanks") << "her own was not pushed";
}

// S1.33, S2.2.7.1, S2.3.3.1, S3.6; S2.2.7.2: by time; S3.14, conflict 4: repeated, stored once
TEST_F(exchange_test, who_was_away_gets_exactly_what_was_missed) {
  start();
  std::string epoch;
  {
    auto bob = enter("bob");
    expect_ack(ann_->ask(send(3, "c-3", "seen"), 3));
    EXPECT_EQ(number_of(bob->wait_for_type("event"), "seq"), 3);
  }
  std::vector<object> acks;
  for (const int id : {4, 5, 5, 6, 4}) {  // two of them again
    acks.push_back(ann_->ask(send(id, "c-" + std::to_string(id), "missed"), id));
  }
  EXPECT_TRUE(acks.back().at("duplicate").as_bool());
  EXPECT_EQ(acks.back().at("ts"), acks.front().at("ts"));
  const auto backlog = [&](const std::string& cursor) {
    auto bob = connect("bob");
    const auto subscribed = ask_subscribe(*bob, R"("room":"general",)" + cursor);
    EXPECT_EQ(text_of(subscribed, "type"), "subscribed") << boost::json::serialize(subscribed);
    (void)bob->wait_for_type("live");
    std::vector<std::int64_t> seqs;
    for (const auto& other : bob->others()) {
      if (text_of(other, "type") == "event") seqs.push_back(number_of(other, "seq"));
    }
    return seqs;
  };
  using seqs = std::vector<std::int64_t>;
  EXPECT_EQ(backlog(R"("after_seq":3)"), (seqs{4, 5, 6}));
  EXPECT_EQ(backlog(R"("after_offset":)" + std::to_string(number_of(acks[0], "offset"))),
            (seqs{5, 6}));
  EXPECT_EQ(backlog(R"("since":")" + text_of(acks[1], "ts") + '"'), (seqs{5, 6}));
}

// S3.14, conflict 4: no second push
TEST_F(exchange_test, a_repeated_message_is_pushed_once) {
  start();
  auto bob = enter("bob");
  auto phone = enter("ann");
  for (auto* from : {ann_.get(), ann_.get(), phone.get()}) {
    expect_ack(from->ask(send(3, "c-3", "once"), 3));
  }
  expect_ack(ann_->ask(send(4, "c-4", "end"), 4));
  const auto is_end = [](const object& o) { return text_of(o, "text") == "end"; };
  (void)bob->wait_for(is_end);
  EXPECT_EQ(std::ranges::count_if(bob->others(),
                                  [](const object& o) { return text_of(o, "text") == "once"; }),
            1);
}

// S4.17; S1.8, S4.7: what a join is to the others
TEST_F(exchange_test, members_see_who_comes_and_who_goes) {
  start();
  auto bob = enter("bob");
  expect_ack(bob->ask(R"({"type":"leave","id":3,"room":"general","cid":"leave"})", 3));
  for (const char* change : {"joined", "left"}) {
    const auto event = ann_->wait_for_type("event");
    EXPECT_EQ(text_of(event, "kind"), "member");
    EXPECT_EQ(text_of(event, "user"), "bob");
    EXPECT_EQ(text_of(event, "change"), change);
  }
}

// S0.8, S2.3.1.1: as a rule; S1.16; S2.3.1.4: as fast in a long conversation. Of a hundred messages
// the fastest is compared, so that a busy machine does not matter.
TEST_F(exchange_test, a_message_is_there_in_no_time_however_long_the_conversation) {
  start({"limits.user_per_second=0", "limits.user_per_minute=0",
         "limits.user_commands_per_second=0", "limits.user_commands_per_minute=0"});
  auto bob = enter("bob");
  using std::chrono::steady_clock, std::chrono::milliseconds;
  std::vector<steady_clock::duration> took;
  for (int i = 0; i < 600; ++i) {
    const auto begin = steady_clock::now();
    ann_->tell(send(100 + i, "m-" + std::to_string(i), "hello"));
    EXPECT_EQ(number_of(bob->wait_for_type("event"), "seq"), 3 + i);
    took.push_back(steady_clock::now() - begin);
  }
  const auto early = *std::min_element(took.begin(), took.begin() + 100);
  const auto late = *std::min_element(took.end() - 100, took.end());
  EXPECT_LT(early, milliseconds(100));
  EXPECT_LT(late, 3 * early + milliseconds(20));
  std::ranges::nth_element(took, took.begin() + 300);
  EXPECT_LT(took[300], milliseconds(500));
}

// S2.3.2.1; S2.3.1.2: from connecting to authenticated
TEST_F(exchange_test, a_thousand_connections_hear_what_one_says) {
  constexpr std::size_t count = 1000;
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const auto before = files;
  files.rlim_cur = std::max<rlim_t>(files.rlim_cur, std::min<rlim_t>(files.rlim_max, 2 * count));
  if (files.rlim_cur < 2 * count) GTEST_SKIP() << "no more than " << files.rlim_cur << " files";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  start({"limits.connections_per_user=2000"});
  const auto token = token_for(data(), "ann");
  std::vector<std::unique_ptr<chat_client>> all;
  std::vector<std::chrono::steady_clock::duration> took;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    all.push_back(std::make_unique<chat_client>(*server_, token));
    took.push_back(std::chrono::steady_clock::now() - begin);
    subscribe(*all.back());
  }
  expect_ack(ann_->ask(send(3, "c-3", "to a thousand"), 3));
  for (auto& each : all) EXPECT_EQ(text_of(each->wait_for_type("event"), "text"), "to a thousand");
  std::ranges::nth_element(took, took.begin() + count * 99 / 100);
  EXPECT_LT(took[count * 99 / 100], std::chrono::seconds(3));
  all.clear();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace roomlog::testing
