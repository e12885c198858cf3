// Partitions that nobody leads, and brokers that are all away: what a server says of itself, and
// that rooms of the other partitions do not feel it. Three brokers, one replica each.
#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "log/kafka/kafka_admin.h"
#include "log/partitioner.h"
#include "tests/app/http_get.h"
#include "tests/kafka/server_group.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using boost::json::object;
using steady = std::chrono::steady_clock;

constexpr int partitions = 6;
constexpr auto patience = 60s;

class kafka_leaderless : public ::testing::Test {
 protected:
  // Clients of tests answer pings only while they read.
  void start(const std::string& name, const std::string& roles, std::vector<std::string> more) {
    more.insert(more.end(), {"--set", "server.ping_ms=1m"});
    group.start(name, roles, std::move(more));
  }
  // A room of each partition, made at server "a".
  void make_rooms() {
    ann = group.connect("a", "ann");
    for (int n = 0; rooms.size() < partitions; ++n) {
      const std::string room = "r" + std::to_string(n);
      const auto in = static_cast<int>(partition_of("default/" + room, partitions).value);
      if (!rooms.emplace(in, room).second) continue;
      ASSERT_EQ(
          text_of(ask(*ann, R"("type":"create","public":true,"room":")" + room + '"'), "type"),
          "ack");
    }
  }
  // The fields of a command, to which an id is added.
  object ask(chat_client& at, const std::string& fields) {
    const auto id = next_id++;
    return at.ask("{" + fields + R"(,"id":)" + std::to_string(id) + "}", id);
  }
  object send(chat_client& at, int partition) {
    return ask(at, R"("type":"send","text":"hello","room":")" + rooms.at(partition) +
                       R"(","cid":"c)" + std::to_string(next_id) + '"');
  }
  bool accepted_at_last(chat_client& at, int partition) {
    return eventually([&] { return text_of(send(at, partition), "type") == "ack"; }, patience);
  }
  // By broker: the partitions of events that it leads.
  std::map<int, std::vector<int>> led() {
    const auto admin = kafka_admin::connect({brokers.bootstrap(), {}}, 20s).value();
    const auto topic = admin.topic(group.topic()).value();
    std::map<int, std::vector<int>> out;
    for (const auto& one : topic.partitions) out[one.leader].push_back(one.partition);
    return out;
  }
  http_answer readiness(const std::string& server) {
    return http_get(group.at(server).admin(), "/readyz");
  }
  bool says(const std::string& server, const std::string& path, const std::string& text) {
    return eventually(
        [&] {
          return http_get(group.at(server).admin(), path).body.find(text) != std::string::npos;
        },
        patience);
  }

  kafka_cluster brokers{{.count = 3}};
  server_group group{brokers, partitions};
  std::unique_ptr<chat_client> ann;
  std::map<int, std::string> rooms;  // by partition
  std::int64_t next_id = 1;
};

// Appends for an unavailable partition take at most half of the bound; the others keep the rest.
TEST_F(kafka_leaderless, load_on_a_partition_without_leader_refuses_nobody_elsewhere) {
  start("a", "ingress,pusher", {"--set", "limits.in_flight=200"});
  make_rooms();
  const auto lost = *led().begin();
  brokers.kill(lost.first);
  ASSERT_TRUE(
      says("a", "/metrics",
           "\nroomlog_log_partitions_without_leader " + std::to_string(lost.second.size()) + "\n"));
  const int broken = lost.second.front();
  const auto bob = group.connect("a", "bob");
  constexpr int tries = 250;  // of one connection 256 may be in flight
  const std::int64_t first = 1'000'000;
  for (int n = 0; n < tries; ++n) {
    bob->tell(R"({"type":"join","room":")" + rooms.at(broken) + R"(","cid":"j)" +
              std::to_string(n) + R"(","id":)" + std::to_string(first + n) + "}");
  }
  (void)bob->wait_for([](const object& o) {
    return number_of(o, "id") >= first && text_of(o, "code") == "overloaded";
  });

  std::vector<double> took;
  std::size_t acks = 0;
  for (int round = 0; round < 20; ++round) {
    for (const auto& [partition, room] : rooms) {
      if (std::ranges::count(lost.second, partition) != 0) continue;
      const auto begun = steady::now();
      const auto answer = send(*ann, partition);
      EXPECT_NE(text_of(answer, "code"), "overloaded");
      acks += text_of(answer, "type") == "ack";
      took.push_back(std::chrono::duration<double, std::milli>(steady::now() - begun).count());
    }
  }
  EXPECT_GT(acks, took.size() / 2);
  std::ranges::sort(took);
  RecordProperty("p50_ms", std::to_string(took[took.size() / 2]));
  RecordProperty("max_ms", std::to_string(took.back()));
  EXPECT_LT(took[took.size() / 2], 2000) << "ms";
  const auto now = readiness("a");
  EXPECT_EQ(now.status, 200) << now.body;
  EXPECT_NE(now.body.find(R"("leaderless":[)"), std::string::npos) << now.body;
  brokers.start(lost.first);
  brokers.wait();
  EXPECT_TRUE(accepted_at_last(*ann, broken));
  EXPECT_TRUE(says("a", "/metrics", "\nroomlog_log_partitions_without_leader 0\n"));
}

// One of them comes back after the server: it takes part then, with what others wrote meanwhile.
TEST_F(kafka_leaderless, a_start_serves_what_has_leaders_and_the_rest_when_it_comes_back) {
  start("a", "ingress,pusher", {});
  make_rooms();
  std::map<int, std::int64_t> heads;
  for (const auto& [partition, room] : rooms)
    heads[partition] = number_of(send(*ann, partition), "seq");
  ASSERT_EQ(group.at("a").stop(), 0);
  // The one that has partition 0, which says which log this is.
  const auto all = led();
  const auto lost = *std::ranges::find_if(
      all, [](const auto& one) { return std::ranges::count(one.second, 0) != 0; });
  brokers.kill(lost.first);
  ASSERT_TRUE(eventually([&] { return led().contains(-1); }, patience));

  start("a", "ingress,pusher", {});
  start("j", "projector", {});
  ann = group.connect("a", "ann");
  for (const auto& [partition, room] : rooms) {
    if (std::ranges::count(lost.second, partition) == 0) {
      EXPECT_TRUE(accepted_at_last(*ann, partition));
    } else {
      EXPECT_EQ(text_of(send(*ann, partition), "code"), "unavailable");
    }
    // What is here is shown.
    const auto page = ask(*ann, R"("type":"history","room":")" + room + '"');
    EXPECT_EQ(text_of(page, "type"), "page") << boost::json::serialize(page);
  }
  const auto now = readiness("a");
  EXPECT_EQ(now.status, 200) << now.body;
  EXPECT_NE(now.body.find(R"("leaderless":[)"), std::string::npos) << now.body;
  EXPECT_EQ(readiness("j").status, 200);

  brokers.start(lost.first);
  brokers.wait();
  for (const int partition : lost.second) {
    EXPECT_TRUE(accepted_at_last(*ann, partition)) << readiness("a").body;
    const auto answer = send(*ann, partition);
    EXPECT_GE(number_of(answer, "seq"), heads[partition] + 2) << boost::json::serialize(answer);
  }
  EXPECT_TRUE(says("a", "/metrics", "\nroomlog_log_partitions_without_leader 0\n"))
      << readiness("a").body;
  EXPECT_TRUE(group.level("a", "j"));
}

TEST_F(kafka_leaderless, brokers_that_are_all_away_are_told_at_once_and_judged_after_a_while) {
  start("a", "ingress,pusher", {"--set", "kafka.not_ready_after=8s"});
  start("b", "pusher", {"--set", "kafka.not_ready_after=0"});
  make_rooms();
  EXPECT_NE(readiness("a").body.find(R"("reachable":true)"), std::string::npos);
  for (const int broker : {1, 2, 3}) brokers.kill(broker);
  ASSERT_TRUE(says("a", "/readyz", R"("reachable":false)"));
  ASSERT_TRUE(says("a", "/readyz", "no broker has answered for kafka.not_ready_after = 8000 ms"));
  EXPECT_EQ(readiness("a").status, 503);
  EXPECT_EQ(text_of(ask(*ann, R"("type":"ping")"), "type"), "pong") << "clients stay";
  ASSERT_TRUE(says("b", "/readyz", R"("reachable":false)"));
  EXPECT_EQ(readiness("b").status, 200) << readiness("b").body;
  EXPECT_EQ(
      http_get(group.at("a").admin(), "/metrics").body.find("\nroomlog_log_silent_seconds 0\n"),
      std::string::npos);
  for (const int broker : {1, 2, 3}) brokers.start(broker);
  brokers.wait();
  ASSERT_TRUE(says("a", "/metrics", "\nroomlog_log_silent_seconds 0\n"));
  EXPECT_TRUE(says("a", "/readyz", R"({"ready":true)")) << readiness("a").body;
  for (const auto& [partition, room] : rooms) EXPECT_TRUE(accepted_at_last(*ann, partition));
}

}  // namespace
}  // namespace roomlog::testing
