// `roomlog read`: what it shows of a log that a server has written, and what it refuses. On every
// engine.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "replay/read_range.h"
#include "tests/app/chat_client.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

using objects = std::vector<boost::json::object>;

objects lines_of(const finished_process& ran) {
  EXPECT_EQ(ran.code, 0) << ran.err;
  objects out;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    out.push_back(boost::json::parse(line).as_object());
  }
  return out;
}

std::vector<std::int64_t> seqs_of(const objects& lines) {
  std::vector<std::int64_t> out;
  for (const auto& line : lines) out.push_back(number_of(line, "seq"));
  return out;
}

finished_process read_log(const std::filesystem::path& data, std::vector<std::string> more) {
  std::vector<std::string> words{"read"};
  std::ranges::copy(read_log_arguments(data), std::back_inserter(words));
  std::ranges::copy(more, std::back_inserter(words));
  return run_roomlog(words);
}

// One log for all tests: rooms "general" (tenant default, seqs 1–5) and "general" of tenant acme.
class read_test : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new temporary_directory;
    running_server server(data(), {"--partitions", "2"});
    chat_client ann(server, token_for(data(), "ann"));
    chat_client eve(server, token_for(data(), "eve", {"--tenant", "acme"}));
    const std::string create = R"({"type":"create","id":1,"room":"general","cid":"c-1"})";
    (void)ann.ask(create, 1);  // the tests look at what came of these
    (void)eve.ask(create, 1);
    for (int i = 2; i <= 5; ++i) {
      const std::string n = std::to_string(i);
      (void)ann.ask(R"({"type":"send","id":)" + n + R"(,"room":"general","cid":"c-)" + n +
                        R"(","text":"message )" + n + R"("})",
                    i);
    }
    EXPECT_EQ(server.stop(), 0);
  }
  static void TearDownTestSuite() { delete directory_; }

  static std::filesystem::path data() { return directory_->path() / "data"; }
  static finished_process read(std::vector<std::string> more) {
    return read_log(data(), std::move(more));
  }

 private:
  static temporary_directory* directory_;
};
temporary_directory* read_test::directory_ = nullptr;

TEST_F(read_test, a_room_is_shown_as_clients_see_it) {
  const auto lines = lines_of(read({"--room", "general"}));
  EXPECT_EQ(seqs_of(lines), (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(text_of(lines[1], "type"), "event");
  EXPECT_EQ(text_of(lines[1], "text"), "message 2");
  EXPECT_EQ(text_of(lines[1], "actor"), "ann");
}

TEST_F(read_test, a_room_of_another_tenant_is_another_room) {
  const auto lines = lines_of(read({"--room", "general", "--tenant", "acme"}));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(text_of(lines[0], "actor"), "eve");
  const auto none = read({"--room", "general", "--tenant", "nobody"});
  EXPECT_TRUE(lines_of(none).empty());
  EXPECT_EQ(none.err, "roomlog read: nothing was found in room general, tenant nobody\n");
}

TEST_F(read_test, from_is_the_first_shown_and_until_the_first_not_shown) {
  EXPECT_EQ(seqs_of(lines_of(read({"--room", "general", "--from", "2", "--until", "4"}))),
            (std::vector<std::int64_t>{2, 3}));
  const auto all = lines_of(read({"--room", "general"}));
  const std::string third = "@" + text_of(all[2], "ts");
  EXPECT_EQ(seqs_of(lines_of(read({"--room", "general", "--from", third}))),
            (std::vector<std::int64_t>{3, 4, 5}));
  EXPECT_EQ(seqs_of(lines_of(read({"--room", "general", "--until", third}))),
            (std::vector<std::int64_t>{1, 2}));
}

TEST_F(read_test, records_are_shown_as_they_lie_in_the_log) {
  const auto lines = lines_of(read({"--partition", "0"}));
  ASSERT_GE(lines.size(), 2u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(number_of(lines[i], "offset"), static_cast<std::int64_t>(i));
    EXPECT_EQ(number_of(lines[i], "partition"), 0);
  }
  EXPECT_EQ(text_of(lines[0].at("event").as_object(), "body"), "log_descriptor");
  const auto part = lines_of(read({"--partition", "0", "--from", "1", "--until", "2"}));
  ASSERT_EQ(part.size(), 1u);
  EXPECT_EQ(number_of(part[0], "offset"), 1);
  EXPECT_EQ(lines_of(read({})).size(), lines.size() + lines_of(read({"--partition", "1"})).size());
}

TEST_F(read_test, decisions_are_shown_for_every_record) {
  const auto lines = lines_of(read({"--decisions"}));
  EXPECT_EQ(lines.size(), lines_of(read({})).size());
  int accepted = 0, control = 0;
  for (const auto& line : lines) {
    accepted += text_of(line, "verdict") == "accepted";
    control += text_of(line, "verdict") == "control";
  }
  EXPECT_EQ(accepted, 6);
  EXPECT_GE(control, 2);
  EXPECT_EQ(seqs_of(lines_of(read({"--room", "general", "--decisions"}))),
            (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST_F(read_test, reading_changes_nothing) {
  const auto before = read({"--decisions"}).out;
  EXPECT_EQ(read({"--decisions"}).out, before);
}

TEST_F(read_test, wrong_positions_and_partitions_are_usage_errors) {
  EXPECT_EQ(read({"--room", "general", "--from", "third"}).code, 2);
  EXPECT_EQ(read({"--room", "general", "--from", "@yesterday"}).code, 2);
  EXPECT_EQ(read({"--from", "3"}).code, 2);
  EXPECT_EQ(read({"--partition", "2"}).code, 2);
  EXPECT_EQ(read({"--partition", "0", "--room", "general"}).code, 2);
}

TEST_F(read_test, a_log_can_be_read_beside_the_server_that_writes_it) {
  temporary_directory directory;
  running_server server(directory.path());
  chat_client ann(server, token_for(directory.path(), "ann", {"--scope", "unlimited"}));
  (void)ann.ask(R"({"type":"create","id":1,"room":"general","cid":"c-1"})", 1);  // seq 1
  for (int i = 2; i <= 20; ++i) {
    const std::string n = std::to_string(i);
    EXPECT_EQ(number_of(ann.ask(R"({"type":"send","id":)" + n + R"(,"room":"general","cid":"c-)" +
                                    n + R"(","text":"x"})",
                                i),
                        "seq"),
              i);
    const auto lines = lines_of(read_log(directory.path(), {"--room", "general", "--from", n}));
    EXPECT_EQ(seqs_of(lines), std::vector<std::int64_t>{i}) << "what was acknowledged is seen";
  }
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(read_test, a_log_that_was_killed_is_read_and_left_as_it_is) {
  temporary_directory directory;
  {
    running_server server(directory.path());
    chat_client ann(server, token_for(directory.path(), "ann"));
    (void)ann.ask(R"({"type":"create","id":1,"room":"general","cid":"c-1"})", 1);  // seq 1
    server.child().signal(SIGKILL);
    server.child().wait();
  }
  const auto files = [&] {
    std::map<std::string, std::pair<std::uintmax_t, std::filesystem::file_time_type>> out;
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory.path())) {
      if (!file.is_regular_file()) continue;
      out[file.path().string()] = {file.file_size(), file.last_write_time()};
    }
    return out;
  };
  const auto before = files();
  EXPECT_EQ(lines_of(read_log(directory.path(), {"--room", "general"})).size(), 1u);
  EXPECT_EQ(files(), before);
}

TEST(read_position, is_start_or_a_number_or_a_time) {
  EXPECT_FALSE(parse_read_position("start")->number);
  EXPECT_EQ(parse_read_position("42")->number, 42u);
  EXPECT_EQ(parse_read_position("@1970-01-01T00:00:01Z")->time, timestamp{1'000'000});
  for (const char* text : {"", "-1", "4 2", "@", "@42", "end"}) {
    EXPECT_FALSE(parse_read_position(text)) << text;
  }
}

}  // namespace
}  // namespace roomlog::testing
