// The signal bus on Kafka: its contract on librdkafka's mock brokers, and what is Kafka's own.
#include "log/kafka/kafka_signal_bus.h"

#include <atomic>

#include "tests/kafka/kafka_cluster.h"
#include "tests/kafka/mock_brokers.h"
#include "tests/kafka/test_topic.h"
#include "tests/log/signal_bus_contract.h"
#include "tests/testing/eventually.h"

namespace roomlog::testing {
namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

kafka_signal_options signals_on(const std::string& bootstrap, const std::string& topic) {
  kafka_signal_options options;
  options.connection.brokers = bootstrap;
  options.connection.properties = {{"fetch.wait.max.ms", "5"}};
  options.topic = topic;
  options.partitions = 2;
  return options;
}

class mock_bus final : public bus_under_test {
 public:
  std::unique_ptr<signal_bus> open() override {
    return open_kafka_signal_bus(signals_on(brokers_.bootstrap(), "events")).value();
  }
  void stall(signal_bus&) override {
    for (int broker = 1; broker <= 3; ++broker) brokers_.set_down(broker);
  }
  void go_on() override {
    for (int broker = 1; broker <= 3; ++broker) brokers_.set_up(broker);
  }

 private:
  mock_brokers brokers_{2};
};

}  // namespace
}  // namespace roomlog::testing

namespace roomlog::testing {

INSTANTIATE_TEST_SUITE_P(buses, signal_bus_contract,
                         ::testing::Values(named_bus{"kafka",
                                                     [] { return std::make_unique<mock_bus>(); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace roomlog::testing

namespace roomlog::testing {
namespace {

TEST(kafka_signal_bus, what_brokers_do_not_take_in_time_is_counted_as_lost) {
  mock_brokers brokers(2);
  const auto bus = open_kafka_signal_bus(signals_on(brokers.bootstrap(), "events")).value();
  for (int broker = 1; broker <= 3; ++broker) brokers.set_down(broker);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(bus->publish({p0, "room", "x"}));
  EXPECT_TRUE(eventually([&] { return bus->stats().lost == 10; }));
  EXPECT_EQ(bus->stats().published, 10u);
  EXPECT_EQ(bus->stats().shed, 0u);
}

TEST(kafka_signal_bus, a_partition_without_leader_keeps_no_other_from_its_signals) {
  mock_brokers brokers(2);
  brokers.set_leader(-1, 1);
  auto options = signals_on(brokers.bootstrap(), "events");
  options.open_wait = std::chrono::milliseconds(1'000);
  const auto bus = open_kafka_signal_bus(options).value();
  std::atomic<int> on_0{0}, on_1{0};
  const auto subscribed = bus->subscribe([&](std::span<const bus_signal> signals) {
    for (const auto& one : signals) ++(one.partition == p0 ? on_0 : on_1);
  });
  ASSERT_TRUE(bus->publish({p0, "room", "x"}));
  EXPECT_TRUE(eventually([&] { return on_0 == 1; }));
  brokers.set_leader(2, 1);
  EXPECT_TRUE(eventually([&] {
    (void)bus->publish({p1, "room", "x"});
    return on_1 > 0;
  }));
}

// On a real broker.
TEST(kafka_signals, processes_hear_each_other_and_nothing_from_before) {
  const auto bootstrap = kafka_cluster::shared().bootstrap();
  const auto topic = unique_name("test") + ".signals";
  make_topic(bootstrap, topic, {.partitions = 2, .settings = {{"retention.ms", "60000"}}});
  const auto options = signals_on(bootstrap, topic);
  const auto one = open_kafka_signal_bus(options).value();
  // What is said to a topic that was just made may be lost. What came last came behind all others.
  std::atomic<bool> heard_last{false};
  const auto hears_last = one->subscribe([&](std::span<const bus_signal> signals) {
    for (const auto& said : signals) heard_last = heard_last || said.value == "last";
  });
  ASSERT_TRUE(eventually([&] {
    (void)one->publish({p1, "room", "before"});
    return one->stats().delivered > 0;
  }));
  ASSERT_TRUE(one->publish({p1, "room", "last"}));
  ASSERT_TRUE(eventually([&] { return heard_last.load(); }));
  const auto other = open_kafka_signal_bus(options).value();
  std::atomic<int> heard{0}, wrong{0};
  const auto subscribed = other->subscribe([&](std::span<const bus_signal> signals) {
    for (const auto& said : signals) {
      ++heard;
      if (said.partition != p1 || said.key != "room" || said.value != "now") ++wrong;
    }
  });
  ASSERT_TRUE(one->publish({p1, "room", "now"}));
  ASSERT_TRUE(other->publish({p1, "room", "now"}));
  EXPECT_TRUE(eventually([&] { return heard == 2; }));
  EXPECT_EQ(wrong, 0);
}

TEST(kafka_signals, a_topic_that_does_not_fit_is_refused) {
  const auto bootstrap = kafka_cluster::shared().bootstrap();
  const auto missing = open_kafka_signal_bus(signals_on(bootstrap, unique_name("none")));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::not_found);
  const auto topic = unique_name("test") + ".signals";
  make_topic(bootstrap, topic, {.partitions = 3});
  const auto other = open_kafka_signal_bus(signals_on(bootstrap, topic));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, errc::mismatch);
  auto nobody = signals_on("127.0.0.1:1", topic);
  nobody.open_wait = std::chrono::milliseconds(300);
  EXPECT_EQ(open_kafka_signal_bus(nobody).error().code, errc::unavailable);
  nobody.connection.properties = {{"acks", "all"}};
  EXPECT_EQ(open_kafka_signal_bus(nobody).error().code, errc::invalid);
}

}  // namespace
}  // namespace roomlog::testing
