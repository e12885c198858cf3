// A server whose state lies on a disk of its own, which fills up and empties again.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <regex>

#include "tests/app/chat_client.h"
#include "tests/app/general_room.h"
#include "tests/app/http_get.h"
#include "tests/testing/eventually.h"
#include "tests/testing/temporary_directory.h"

namespace roomlog::testing {
namespace {

// A tmpfs over a directory, for as long as this lives. Needs root.
class small_disk {
 public:
  small_disk(std::filesystem::path at, const std::string& size) : at_(std::move(at)) {
    std::filesystem::create_directories(at_);
    const std::string options = "mode=0700,size=" + size;
    mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~small_disk() {
    if (mounted_) (void)::umount2(at_.c_str(), MNT_DETACH);  // what is in it goes with it
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  bool mounted() const { return mounted_; }

  void fill() {
    std::ofstream out(filler());
    const std::string block(64 << 10, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void empty() { std::filesystem::remove(filler()); }

 private:
  std::filesystem::path filler() const { return at_ / "filler"; }
  const std::filesystem::path at_;
  bool mounted_ = false;
};

std::string newest(int id) {
  return R"({"type":"history","id":)" + std::to_string(id) + R"(,"room":"general","limit":1})";
}

const std::vector<std::string> without_rates{
    "--set", "limits.user_per_second=0",          "--set", "limits.user_per_minute=0",
    "--set", "limits.user_commands_per_second=0", "--set", "limits.user_commands_per_minute=0",
    "--set", "limits.user_append_bytes=0"};

// No one user takes what many share.
TEST(full_disk, of_the_state_makes_sends_unavailable_until_there_is_space_and_reads_go_on) {
  const temporary_directory directory;
  const auto data = directory.path() / "data";
  small_disk disk(data / "state", "300m");
  if (!disk.mounted()) GTEST_SKIP() << "only root may mount a small disk";
  running_server server(data, without_rates);
  const std::string token = token_for(data, "ann");
  chat_client ann(server, token);
  (void)ann.ask(create_general, 1);
  disk.fill();
  // Until the store has noticed; what is acknowledged meanwhile must be there.
  int id = 1;
  std::int64_t acked = 1;
  boost::json::object answer;
  const std::string text(3'000, 'y');
  std::chrono::steady_clock::duration took{};
  do {
    ++id;
    const auto begun = std::chrono::steady_clock::now();
    answer = ann.ask(send(id, "c-" + std::to_string(id), text), id);
    took = std::chrono::steady_clock::now() - begun;
    if (text_of(answer, "type") == "ack") acked = number_of(answer, "seq");
  } while (text_of(answer, "type") == "ack" && id < 50'000);
  EXPECT_EQ(text_of(answer, "code"), "unavailable") << boost::json::serialize(answer);
  EXPECT_LT(took, std::chrono::seconds(1));
  const auto ready = http_get(server.admin(), "/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("No space left on device"), std::string::npos) << ready.body;
  const auto waits = [&] {
    const std::regex one("roomlog_fold_store_waiting\\{[^}]*\\} 1\\n");
    return std::regex_search(http_get(server.admin(), "/metrics").body, one);
  };
  EXPECT_TRUE(waits());

  const auto page = ann.ask(newest(900'001), 900'001);
  ASSERT_EQ(text_of(page, "type"), "page") << boost::json::serialize(page);
  EXPECT_EQ(number_of(page.at("events").as_array().at(0).as_object(), "seq"), acked);
  EXPECT_EQ(text_of(ann.ask(R"({"type":"rooms","id":900002})", 900'002), "type"), "rooms");
  chat_client bob(server, token);
  bob.tell(R"({"type":"subscribe","id":1,"room":"general","after_seq":)" +
           std::to_string(acked - 1) + "}");
  EXPECT_EQ(number_of(bob.wait_for_type("event"), "seq"), acked);

  disk.empty();
  EXPECT_TRUE(eventually([&] { return http_get(server.admin(), "/readyz").status == 200; }))
      << server.child().errors();
  EXPECT_FALSE(waits());
  ++id;
  answer = ann.ask(send(id, "c-" + std::to_string(id), "after"), id);
  EXPECT_EQ(text_of(answer, "type"), "ack") << boost::json::serialize(answer);
  const auto last = number_of(answer, "seq");
  EXPECT_EQ(server.stop(), 0);

  running_server again(data);
  chat_client back(again, token);
  const auto whole = back.ask(newest(900'001), 900'001);
  EXPECT_EQ(number_of(whole.at("events").as_array().at(0).as_object(), "seq"), last);
}

TEST(full_disk, of_the_log_makes_sends_unavailable_at_once_and_reads_go_on) {
  const temporary_directory directory;
  const auto data = directory.path() / "data";
  small_disk disk(data / "log", "96m");
  if (!disk.mounted()) GTEST_SKIP() << "only root may mount a small disk";
  running_server server(data, without_rates);
  chat_client ann(server, token_for(data, "ann"));
  (void)ann.ask(create_general, 1);
  disk.fill();
  int id = 1;
  std::int64_t acked = 1;
  boost::json::object answer;
  do {
    ++id;
    answer = ann.ask(send(id, "c-" + std::to_string(id), std::string(3'000, 'y')), id);
    if (text_of(answer, "type") == "ack") acked = number_of(answer, "seq");
  } while (text_of(answer, "type") == "ack" && id < 50'000);
  ASSERT_LT(id, 50'000);
  EXPECT_TRUE(eventually([&] { return http_get(server.admin(), "/readyz").status == 503; }));
  for (int n = 0; n < 3; ++n) {
    ++id;
    const auto begun = std::chrono::steady_clock::now();
    answer = ann.ask(send(id, "c-" + std::to_string(id), "more"), id);
    EXPECT_EQ(text_of(answer, "code"), "unavailable") << boost::json::serialize(answer);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
  }
  const auto page = ann.ask(newest(900'001), 900'001);
  ASSERT_EQ(text_of(page, "type"), "page") << boost::json::serialize(page);
  EXPECT_EQ(number_of(page.at("events").as_array().at(0).as_object(), "seq"), acked);
  EXPECT_EQ(server.stop(), 0);
}

TEST(removed_directory, is_found_within_seconds_and_nothing_is_acknowledged_any_more) {
  for (const std::string what : {"", "state", "log"}) {
    const temporary_directory directory;
    const auto data = directory.path() / "data";
    running_server server(data);
    chat_client ann(server, token_for(data, "ann"));
    (void)ann.ask(create_general, 1);
    std::filesystem::remove_all(data / what);
    EXPECT_TRUE(eventually([&] { return http_get(server.admin(), "/readyz").status == 503; },
                           std::chrono::seconds(5)));
    const auto ready = http_get(server.admin(), "/readyz");
    EXPECT_NE(ready.body.find("was removed, moved or replaced"), std::string::npos) << ready.body;
    const auto answer = ann.ask(send(2, "c-2", "into the void"), 2);
    EXPECT_EQ(text_of(answer, "code"), "unavailable") << boost::json::serialize(answer);
    EXPECT_EQ(text_of(ann.ask(newest(3), 3), "type"), "page");
    EXPECT_EQ(server.stop(), 0);
    EXPECT_NE(server.child().errors().find("was removed, moved or replaced"), std::string::npos);
  }
}

}  // namespace
}  // namespace roomlog::testing
