// A broker whose clock runs ahead, and is put right again: append times are its own.
#include <gtest/gtest.h>

#include <chrono>

#include "log/base/clock.h"
#include "log/partitioner.h"
#include "schemas/text/time_text.h"
#include "tests/app/http_get.h"
#include "tests/kafka/server_group.h"

namespace roomlog::testing {
namespace {

using namespace std::chrono_literals;
using boost::json::object;

constexpr std::uint32_t partitions = 2;
constexpr auto patience = 30s;
constexpr const char* gateway = "ingress,pusher";
constexpr const char* gauge = "roomlog_append_clock_skew_seconds";

class kafka_clock : public ::testing::Test {
 protected:
  kafka_clock() : group(brokers, partitions) {
    group.start("a", gateway);
    ann = group.connect("a", "ann");
    EXPECT_TRUE(
        is_ack(ann->ask(R"({"type":"create","id":1,"room":"r","cid":"create","public":true})", 1)));
  }

  static bool is_ack(const object& answer) {
    EXPECT_TRUE(text_of(answer, "type") == "ack" || text_of(answer, "code") == "expired")
        << boost::json::serialize(answer);
    return text_of(answer, "type") == "ack";
  }
  static object send(chat_client& at, int number) {
    const auto text = std::to_string(number);
    return at.ask(R"({"type":"send","id":)" + text + R"(,"room":"r","cid":"c-)" + text +
                      R"(","text":"message )" + text + R"("})",
                  number);
  }
  // Sends c-100, c-101 … each once, until one is taken as `wanted`; remembers what became of each.
  bool send_until(const std::function<bool(const object&)>& wanted) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
      const auto answer = send(*ann, next);
      (is_ack(answer) ? accepted : expired).push_back(next++);
      if (wanted(answer)) return true;
    }
    return false;
  }
  static bool is_expired(const object& answer) { return text_of(answer, "code") == "expired"; }
  // Ahead of this machine's clock by so much or more.
  static bool is_ahead(const object& answer, std::chrono::microseconds by) {
    const auto shown = parse_time_text(text_of(answer, "ts"));
    const system_clock_source clock;
    return shown && shown->value > clock.now().value + by.count();
  }
  double skew(const std::string& server) {
    const auto text = http_get(group.at(server).admin(), "/metrics").body;
    const auto name = std::string(gauge) + "{partition=\"" +
                      std::to_string(partition_of("default/r", partitions).value) + "\"} ";
    const auto at = text.find(name);
    EXPECT_NE(at, std::string::npos) << text;
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size()));
  }
  // Every event of the room once, seqs without a gap, times in their order; the cids.
  std::vector<std::string> history(const std::string& server) {
    const auto reader = group.connect(server, "ann");
    std::vector<std::string> cids;
    std::string last;
    for (bool more = true; more;) {
      const auto page =
          reader->ask(R"({"type":"history","id":9,"room":"r","limit":200,"after_seq":)" +
                          std::to_string(cids.size()) + "}",
                      9);
      more = page.at("more").as_bool();
      for (const auto& entry : page.at("events").as_array()) {
        const object& event = entry.as_object();
        EXPECT_EQ(number_of(event, "seq"), static_cast<std::int64_t>(cids.size()) + 1);
        EXPECT_GT(text_of(event, "ts"), last) << boost::json::serialize(event);
        last = text_of(event, "ts");
        cids.push_back(text_of(event, "cid"));
      }
    }
    return cids;
  }
  std::vector<std::string> cids_of_accepted() const {
    std::vector<std::string> cids{"create"};
    for (const int number : accepted) cids.push_back("c-" + std::to_string(number));
    return cids;
  }

  static kafka_cluster& shared_brokers() {
    static kafka_cluster one{{.clocks = true}};
    return one;
  }

  kafka_cluster& brokers = shared_brokers();
  server_group group;
  std::unique_ptr<chat_client> ann;
  int next = 100;
  std::vector<int> accepted, expired;
};

TEST_F(kafka_clock, ahead_within_the_deadline_times_stay_in_order_when_it_is_right_again) {
  ASSERT_TRUE(send_until(is_ack));
  brokers.set_clock(1, 3s);
  ASSERT_TRUE(send_until([](const object& answer) { return is_ahead(answer, 2s); }));
  EXPECT_GT(skew("a"), 1.5);
  const auto ahead = send(*ann, next);
  accepted.push_back(next++);
  brokers.set_clock(1, 0s);
  // Until the broker's times are behind those that the room has shown.
  ASSERT_TRUE(send_until([&](const object&) { return skew("a") == 0; }));
  const auto after = send(*ann, next);
  accepted.push_back(next++);
  EXPECT_GT(text_of(after, "ts"), text_of(ahead, "ts"));
  EXPECT_EQ(expired, std::vector<int>{});
  EXPECT_EQ(history("a"), cids_of_accepted());
}

TEST_F(kafka_clock, ahead_past_the_deadline_sends_are_refused_as_expired_and_accepted_later) {
  ASSERT_TRUE(send_until(is_ack));
  brokers.set_clock(1, 60s);
  ASSERT_TRUE(send_until(is_expired));
  const int first_refused = expired.front();
  const auto again = send(*ann, first_refused);
  EXPECT_EQ(text_of(again, "code"), "expired") << "another attempt has another deadline";
  EXPECT_TRUE(again.at("temporary").as_bool());
  EXPECT_NEAR(skew("a"), 60, 5);
  // A gateway that starts now serves, and is told the same.
  group.start("b", gateway);
  auto ann_at_b = group.connect("b", "ann");
  EXPECT_TRUE(is_expired(send(*ann_at_b, first_refused)));
  EXPECT_EQ(history("b"), cids_of_accepted());

  brokers.set_clock(1, 0s);
  ASSERT_TRUE(send_until(is_ack));
  for (const int number : expired) {
    EXPECT_EQ(text_of(send(*ann_at_b, number), "type"), "ack") << "a refusal takes no cid";
    accepted.push_back(number);
  }
  for (const int number : expired) {
    const auto repeated = send(*ann, number);
    ASSERT_EQ(text_of(repeated, "type"), "ack") << boost::json::serialize(repeated);
    EXPECT_TRUE(repeated.at("duplicate").as_bool()) << number;
  }
  EXPECT_EQ(skew("a"), 0);
  EXPECT_EQ(history("a"), cids_of_accepted());
  EXPECT_EQ(history("b"), cids_of_accepted());

  const auto& said = group.at("a").child().errors();
  EXPECT_NE(said.find("ahead of this gateway's; sends are refused as expired"), std::string::npos)
      << said;
  EXPECT_NE(said.find("agree again"), std::string::npos) << said;
}

}  // namespace
}  // namespace roomlog::testing
