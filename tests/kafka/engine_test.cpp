// The log on Kafka where it differs from the others: older records come from brokers, others write
// too, records go away at the front.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "log/kafka/kafka_client.h"
#include "log/kafka/kafka_trim.h"
#include "tests/kafka/engine_rig.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

struct kafka_engine_test : ::testing::Test {
  engine_rig rig{kafka_cluster::shared().bootstrap()};

  void produce(int partition, const std::string& value) {
    produce_one(rig.bootstrap, rig.topic, partition, "key", value);
  }
  result<offset> end_of(log& engine, partition_id partition) {
    std::promise<result<offset>> answer;
    engine.find_end(partition, [&](result<offset> end) { answer.set_value(std::move(end)); });
    return answer.get_future().get();
  }
};

TEST_F(kafka_engine_test, readers_at_different_places_of_a_partition_do_not_disturb_each_other) {
  rig.options.tail_bytes_per_partition = 0;
  const auto engine = rig.open();
  const auto values = numbered(20'000);
  append_all(*engine, p0, values);
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (std::size_t r = 0; r < 6; ++r) {
    readers.emplace_back([&, r] {
      const std::uint64_t from = 1 + r * 2500;
      const auto records = read_from(*engine, p0, offset{from}, 10'000);
      if (records.size() != values.size() - (from - 1)) ++wrong;
      for (std::size_t i = 0; i < records.size(); ++i) {
        if (records[i].value != values[from - 1 + i]) ++wrong;
      }
    });
  }
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(engine->stats().storage_reads, 0u);
}

TEST_F(kafka_engine_test, a_sequential_read_from_brokers_takes_large_steps) {
  const std::size_t count = 100'000;
  {
    const auto engine = rig.open();
    append_all(*engine, p0, std::vector<std::string>(count, std::string(350, 'x')));
  }
  const auto engine = rig.open();
  std::size_t records = 0, reads = 0;
  for (offset at{0}; at < engine->bounds(p0).end; ++reads) {
    const auto batch = engine->read(p0, at, std::size_t{1} << 20).value();
    records += batch->size();
    at = batch->next_offset();
  }
  EXPECT_EQ(records, count + 1);
  EXPECT_LT(reads, 200u);
}

TEST_F(kafka_engine_test, the_end_is_found_though_others_write) {
  const auto engine = rig.open();
  EXPECT_FALSE(engine->sole_writer());
  for (std::uint64_t i = 1; i <= 20; ++i) {
    produce(0, "from elsewhere");
    ASSERT_EQ(end_of(*engine, p0).value(), offset{1 + i});
  }
  EXPECT_TRUE(eventually([&] { return engine->bounds(p0).end == offset{21}; }));
  EXPECT_EQ(end_of(*engine, partition_id{9}).error().code, errc::invalid);
}

TEST_F(kafka_engine_test, questions_for_the_end_do_not_wait_for_each_other) {
  const auto engine = rig.open();
  std::atomic<int> answered{0};
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    engine->find_end(i % 2 == 0 ? p0 : p1, [&](result<offset> end) { answered += end ? 1 : 0; });
  }
  EXPECT_TRUE(eventually([&] { return answered == 1000; }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(400));
}

TEST_F(kafka_engine_test, what_others_append_is_read_and_followed) {
  const auto engine = rig.open();
  const auto other = rig.open();
  std::atomic<std::uint64_t> heard{0};
  const auto following = engine->follow(p0, [&] { heard = engine->bounds(p0).end.value; });
  append_all(*other, p0, {"a", "b"});
  EXPECT_TRUE(eventually([&] { return heard == 3; }));
  append_all(*engine, p0, {"c"});
  EXPECT_TRUE(eventually([&] { return other->bounds(p0).end == offset{4}; }));
  EXPECT_EQ(values_of(*other, p0), values_of(*engine, p0));
}

TEST_F(kafka_engine_test, of_several_that_open_an_empty_topic_at_once_one_decides_its_identity) {
  constexpr std::size_t count = 4;
  std::vector<std::unique_ptr<log>> engines(count);
  std::vector<std::thread> openers;
  for (std::size_t i = 0; i < count; ++i) {
    openers.emplace_back([&, i] { engines[i] = rig.try_open("e" + std::to_string(i)).value(); });
  }
  for (auto& opener : openers) opener.join();
  const auto epoch = engines[0]->identity().epoch;
  for (const auto& engine : engines) EXPECT_EQ(engine->identity().epoch, epoch);
  EXPECT_EQ(rig.open()->identity().epoch, epoch);
}

TEST_F(kafka_engine_test, partitions_that_disagree_about_their_log_are_refused) {
  produce(0, "log e1 2 2");
  produce(1, "log e2 2 2");
  const auto refused = rig.try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::mismatch);
}

TEST_F(kafka_engine_test, a_partition_that_is_not_followed_takes_appends_and_is_read) {
  rig.options.followed = {p1};
  const auto engine = rig.open();
  append_all(*engine, p0, {"a", "b", "c"});
  EXPECT_EQ(engine->bounds(p0).end, offset{4});
  EXPECT_EQ(values_of(*engine, p0), (std::vector<std::string>{"a", "b", "c"}));
  produce(0, "from elsewhere");
  append_all(*engine, p1, {"followed"});
  EXPECT_EQ(engine->bounds(p0).end, offset{4});
  rig.options.followed = {partition_id{7}};
  EXPECT_EQ(rig.try_open().error().code, errc::invalid);
}

TEST_F(kafka_engine_test, a_read_below_what_was_deleted_is_out_of_range_and_says_where_it_starts) {
  rig.options.tail_bytes_per_partition = 0;
  const auto engine = rig.open();
  append_all(*engine, p0, numbered(99));
  append_all(*engine, p0, {"all that the tail keeps"});
  delete_records(rig.bootstrap, rig.topic, 0, 40);
  const auto refused = engine->read(p0, offset{39}, 1000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::out_of_range);
  EXPECT_NE(refused.error().text.find("offset 39"), std::string::npos) << refused.error().text;
  EXPECT_NE(refused.error().text.find("begins at 40"), std::string::npos) << refused.error().text;
  EXPECT_EQ(engine->bounds(p0).start, offset{40});
  EXPECT_EQ(read_from(*engine, p0, offset{40}).size(), 61u);
  EXPECT_EQ(engine->failure(), "");
}

TEST_F(kafka_engine_test, the_start_follows_without_being_asked) {
  const auto engine = rig.open();
  append_all(*engine, p0, numbered(100));
  delete_records(rig.bootstrap, rig.topic, 0, 40);
  EXPECT_TRUE(eventually([&] { return engine->bounds(p0).start == offset{40}; }));
}

TEST_F(kafka_engine_test, a_trim_is_one_for_every_process) {
  const auto engine = rig.open();
  const auto other = rig.open();
  append_all(*engine, p0, numbered(100));
  ASSERT_TRUE(eventually([&] { return other->bounds(p0).end == offset{101}; }));
  ASSERT_TRUE(engine->trim(p0, offset{40}));
  EXPECT_EQ(engine->bounds(p0).start, offset{40});
  EXPECT_TRUE(eventually([&] { return other->bounds(p0).start == offset{40}; }));
  const auto refused = other->read(p0, offset{39}, 1000);
  ASSERT_FALSE(refused) << "though its tail had the record";
  EXPECT_EQ(refused.error().code, errc::out_of_range);
  EXPECT_TRUE(other->trim(p0, offset{60}));
  EXPECT_TRUE(engine->trim(p0, offset{50})) << "what the other process has removed is no error";
  EXPECT_EQ(engine->bounds(p0).start, offset{60});
  EXPECT_EQ(engine->failure() + other->failure(), "");
}

TEST_F(kafka_engine_test, what_brokers_say_against_a_trim_is_named) {
  const auto compacted = unique_name("compacted");
  make_topic(rig.bootstrap, compacted, {.settings = {{"cleanup.policy", "compact"}}});
  produce_one(rig.bootstrap, compacted, 0, "key", "value");
  const auto client = make_kafka_client(rig.options.connection, kafka_role::admin).value();
  const auto trim = [&](const std::string& topic, std::uint32_t partition, std::uint64_t below) {
    return trim_kafka_partition(client.get(), topic, partition_id{partition}, offset{below},
                                std::chrono::milliseconds(5000));
  };
  const auto refused = trim(compacted, 0, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::io);
  for (const std::string& named : {compacted, std::string("partition 0"), std::string("below 1"),
                                   std::string("POLICY_VIOLATION")}) {
    EXPECT_NE(refused.error().text.find(named), std::string::npos) << refused.error().text;
  }
  const auto beyond = trim(rig.topic, 0, 99);
  ASSERT_FALSE(beyond);
  EXPECT_NE(beyond.error().text.find("OFFSET_OUT_OF_RANGE"), std::string::npos);
}

TEST_F(kafka_engine_test, a_trim_that_no_broker_answers_ends_in_time) {
  rig.options.connection.brokers = "127.0.0.1:1";
  const auto client = make_kafka_client(rig.options.connection, kafka_role::admin).value();
  const auto began = std::chrono::steady_clock::now();
  const auto refused =
      trim_kafka_partition(client.get(), rig.topic, p0, offset{1}, std::chrono::milliseconds(300));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
}

TEST_F(kafka_engine_test, a_topic_that_is_not_there_is_named_with_the_command_that_makes_it) {
  rig.options.topic = "no-such-topic";
  const auto refused = rig.try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_found);
  EXPECT_NE(refused.error().text.find("no-such-topic"), std::string::npos);
  EXPECT_NE(refused.error().text.find("roomlog topics create --kafka"), std::string::npos);
}

TEST_F(kafka_engine_test, without_brokers_an_open_ends_in_time) {
  rig.options.connection.brokers = "127.0.0.1:1";
  rig.options.open_wait = std::chrono::milliseconds(300);
  const auto began = std::chrono::steady_clock::now();
  const auto refused = rig.try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
}

TEST_F(kafka_engine_test, a_protected_property_is_refused_at_the_opening) {
  rig.options.connection.properties = {{"acks", "1"}};
  const auto refused = rig.try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid);
  EXPECT_NE(refused.error().text.find("acks"), std::string::npos);
}

TEST_F(kafka_engine_test, a_record_that_is_too_large_is_refused_without_a_trace) {
  const auto engine = rig.open();
  append_answers answers;
  const auto refused = answers.append(*engine, p0, std::string(9u << 20, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid);
  EXPECT_EQ(engine->load(p0).bytes, 0u);
  EXPECT_TRUE(append_one(*engine, p0, "next"));
}

TEST_F(kafka_engine_test, a_topic_that_is_deleted_ends_the_log_for_good) {
  const auto engine = rig.open();
  append_all(*engine, p0, {"a"});
  delete_topic(rig.bootstrap, rig.topic);
  EXPECT_TRUE(eventually([&] { return !engine->failure().empty(); }));
  EXPECT_NE(engine->failure().find(rig.topic), std::string::npos) << engine->failure();
  append_answers answers;
  EXPECT_EQ(answers.append(*engine, p0, "b").error().code, errc::unavailable);
}

}  // namespace
}  // namespace roomlog::testing
