// The brokers that the other tests stand on: they start, die and come back as asked.
#include "tests/kafka/kafka_cluster.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <stdexcept>

namespace roomlog::testing {
namespace {

using properties = std::vector<std::pair<std::string, std::string>>;

// How many brokers a client is told of; -1 where none answers in time.
int brokers_seen(const std::string& bootstrap, const properties& more = {}, int wait_ms = 10'000) {
  std::array<char, 512> why{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), why.data(), why.size());
  for (const auto& [name, value] : more) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(why.data());
    }
  }
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
  const struct rd_kafka_metadata* seen = nullptr;
  int count = -1;
  if (rd_kafka_metadata(client, 0, nullptr, &seen, wait_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    count = seen->broker_cnt;
    rd_kafka_metadata_destroy(seen);
  }
  rd_kafka_destroy(client);
  return count;
}

TEST(kafka_cluster, three_brokers_lose_one_and_get_it_back) {
  kafka_cluster brokers({.count = 3});
  EXPECT_EQ(brokers_seen(brokers.bootstrap()), 3);
  brokers.kill(2);
  EXPECT_EQ(brokers_seen(brokers.address(2), {}, 300), -1);
  brokers.start(2);
  brokers.wait();
  EXPECT_EQ(brokers_seen(brokers.address(2)), 3);
}

TEST(kafka_cluster, a_paused_broker_is_silent_until_it_proceeds) {
  kafka_cluster brokers;
  brokers.pause(1);
  EXPECT_EQ(brokers_seen(brokers.bootstrap(), {}, 300), -1);
  brokers.proceed(1);
  brokers.wait();
  EXPECT_EQ(brokers_seen(brokers.bootstrap()), 1);
  EXPECT_THROW(brokers.kill(7), std::runtime_error);
}

class kafka_cluster_secure : public ::testing::TestWithParam<secure_way> {};

TEST_P(kafka_cluster_secure, takes_its_user_and_no_other) {
  kafka_cluster brokers({.user = "ann:right", .version = GetParam().version});
  properties with{{"security.protocol", "SASL_SSL"},
                  {"sasl.mechanism", GetParam().mechanism},
                  {"sasl.username", "ann"},
                  {"sasl.password", "right"},
                  {"ssl.ca.location", brokers.ca_file().string()}};
  EXPECT_EQ(brokers_seen(brokers.secure(), with), 1);
  with[3].second = "wrong";
  EXPECT_EQ(brokers_seen(brokers.secure(), with, 1000), -1);
}

INSTANTIATE_TEST_SUITE_P(ways, kafka_cluster_secure, ::testing::ValuesIn(secure_ways()),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace roomlog::testing
