// What is there twice: records that somebody wrote again, and gateways with one id.
#include <gtest/gtest.h>

#include <set>

#include "log/kafka/kafka_log.h"
#include "log/partitioner.h"
#include "schemas/records/codec.h"
#include "tests/kafka/server_group.h"
#include "tests/kafka/test_topic.h"

namespace roomlog::testing {
namespace {

using boost::json::object;

constexpr std::uint32_t partitions = 2;
constexpr const char* gateway = "ingress,pusher";

class kafka_doubles : public ::testing::Test {
 protected:
  kafka_doubles() : group(kafka_cluster::shared(), partitions) {}

  static std::string message(int number) {
    const auto text = std::to_string(number);
    return R"({"type":"send","id":)" + text + R"(,"room":"r","cid":"c-)" + text +
           R"(","text":"message )" + text + R"("})";
  }
  static void create(chat_client& at) {
    const auto made =
        at.ask(R"({"type":"create","id":1,"room":"r","cid":"create","public":true})", 1);
    ASSERT_EQ(text_of(made, "type"), "ack") << boost::json::serialize(made);
  }
  static std::int64_t post(chat_client& at, int number) {
    const auto ack = at.ask(message(number), number);
    EXPECT_EQ(text_of(ack, "type"), "ack") << boost::json::serialize(ack);
    return number_of(ack, "seq");
  }
  // The cids of the room's events from the first on; every seq is there once, in order.
  std::vector<std::string> history(const std::string& server) {
    const auto reader = group.connect(server, "ann");
    const auto page = reader->ask(R"({"type":"history","id":9,"room":"r","limit":200})", 9);
    std::vector<std::string> cids;
    for (const auto& entry : page.at("events").as_array()) {
      const object& event = entry.as_object();
      EXPECT_EQ(number_of(event, "seq"), static_cast<std::int64_t>(cids.size()) + 1);
      cids.push_back(text_of(event, "cid"));
    }
    return cids;
  }
  static std::vector<std::string> cids_up_to(int last) {
    std::vector<std::string> cids{"create"};
    for (int i = 100; i <= last; ++i) cids.push_back("c-" + std::to_string(i));
    return cids;
  }
  // Gateway a with the room and its first message, gone again; its directory is copied as that of
  // "copy".
  void copy_a() {
    group.start("a", gateway);
    const auto ann = group.connect("a", "ann");
    create(*ann);
    EXPECT_EQ(post(*ann, 100), 2);
    group.kill("a");
    group.clone("a", "copy");
  }
  // Everything in the topic once more, as a producer that forgot what it sent would write it.
  void write_all_again() {
    kafka_log_options options;
    options.connection.brokers = kafka_cluster::shared().bootstrap();
    options.topic = group.topic();
    options.allow_unsafe_topic = true;
    const system_clock_source clock;
    const auto events = open_kafka_log_for_reading(options, descriptor_codec(), clock);
    ASSERT_TRUE(events) << events.error().text;
    for (partition_id p{0}; p.value < partitions; ++p) {
      const auto batch = (*events)->read(p, offset{0}, 1 << 20);
      ASSERT_TRUE(batch) << batch.error().text;
      for (std::size_t i = 0; i < (*batch)->size(); ++i) {
        const record_view record = (**batch)[i];
        produce_one(options.connection.brokers, options.topic, static_cast<int>(p.value),
                    std::string(record.key), std::string(as_text(record.value)));
      }
    }
  }

  server_group group;
};

TEST_F(kafka_doubles, records_written_again_by_hand_are_seen_once) {
  group.start("a", gateway);
  auto ann = group.connect("a", "ann");
  create(*ann);
  for (int i = 100; i < 110; ++i) EXPECT_EQ(post(*ann, i), i - 98);
  write_all_again();
  for (int i = 110; i < 115; ++i) EXPECT_EQ(post(*ann, i), i - 98);
  EXPECT_EQ(history("a"), cids_up_to(114));
  group.start("b", gateway);
  EXPECT_EQ(history("b"), cids_up_to(114)) << "folded from the first record on";
}

TEST_F(kafka_doubles, of_a_directory_and_its_copy_the_first_one_stops_and_says_why) {
  copy_a();
  group.start("a", gateway);
  group.start("copy", gateway);
  const auto code = group.at("a").child().wait();
  ASSERT_TRUE(code) << "both run";
  EXPECT_NE(*code, 0);
  EXPECT_NE(group.at("a").child().errors().find("Two servers have the same gateway id"),
            std::string::npos)
      << group.at("a").child().errors();
  const auto ann = group.connect("copy", "ann");
  EXPECT_EQ(post(*ann, 101), 3);
  EXPECT_EQ(history("copy"), cids_up_to(101));
}

TEST_F(kafka_doubles, a_gateway_that_slept_through_a_fence_acknowledges_nothing) {
  copy_a();
  group.start("a", gateway);
  auto stale = group.connect("a", "ann");
  EXPECT_EQ(post(*stale, 101), 3);
  group.pause("a");
  for (int i = 102; i < 110; ++i) stale->tell(message(i));
  group.start("copy", gateway);
  const auto ann = group.connect("copy", "ann");
  EXPECT_EQ(post(*ann, 102), 4) << "the sender goes on elsewhere";
  group.proceed("a");
  ASSERT_TRUE(group.at("a").child().wait()) << "it goes on with an old fence";
  for (int i = 103; i < 110; ++i) EXPECT_EQ(post(*ann, i), i - 98);
  EXPECT_EQ(history("copy"), cids_up_to(109));
}

}  // namespace
}  // namespace roomlog::testing
