// The whole way of a message on librdkafka's mock brokers, which fail as told: they have no
// administrative calls, so the topic is not examined.
#include <gtest/gtest.h>

#include "log/kafka/kafka_client.h"
// After rdkafka.h, as it says itself.
#include <librdkafka/rdkafka_mock.h>

#include "log/kafka/kafka_engine.h"
#include "schemas/codec.h"
#include "tests/kafka/gateway_world.h"

namespace testing_kafka {
namespace {

using namespace roomlog;

constexpr std::int16_t produce_key = 0;

class mock_brokers {
 public:
  mock_brokers() : owner_(make_kafka_client({"127.0.0.1:1", {}}, kafka_role::admin).value()) {
    cluster_ = rd_kafka_mock_cluster_new(owner_.get(), 3);
    EXPECT_EQ(rd_kafka_mock_topic_create(cluster_, "events", 1, 3), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  ~mock_brokers() { rd_kafka_mock_cluster_destroy(cluster_); }

  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  // The next Produce requests are answered so, and their records are not kept.
  void fail_produce(const std::vector<rd_kafka_resp_err_t>& codes) {
    rd_kafka_mock_push_request_errors_array(cluster_, produce_key, codes.size(), codes.data());
  }
  void set_leader(std::int32_t broker) {
    EXPECT_EQ(rd_kafka_mock_partition_set_leader(cluster_, "events", 0, broker),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void set_down(std::int32_t broker) { (void)rd_kafka_mock_broker_set_down(cluster_, broker); }
  void set_up(std::int32_t broker) { (void)rd_kafka_mock_broker_set_up(cluster_, broker); }

 private:
  kafka_client owner_;
  rd_kafka_mock_cluster_t* cluster_;
};

struct kafka_mock : ::testing::Test {
  mock_brokers brokers;
  const system_clock_source clock;

  std::unique_ptr<log> open() {
    kafka_log_options options;
    options.connection.brokers = brokers.bootstrap();
    options.connection.properties = {{"fetch.wait.max.ms", "5"}, {"message.timeout.ms", "4000"}};
    options.topic = "events";
    const auto good = [](const kafka_connection&, const std::string&, std::chrono::milliseconds) {
      return result<std::vector<kafka_finding>>(std::vector<kafka_finding>{});
    };
    return open_kafka_engine(options, {1, "abc123"}, descriptor_codec(), clock, good).value();
  }
};

TEST_F(kafka_mock, nothing_goes_wrong_where_nothing_fails) {
  gateway_world world(open());
  ASSERT_TRUE(world.send_all(500));
  world.expect_nothing_lost_doubled_or_reordered();
  EXPECT_EQ(world.resent(), 0u);
}

class kafka_mock_errors : public kafka_mock,
                          public ::testing::WithParamInterface<rd_kafka_resp_err_t> {};

TEST_P(kafka_mock_errors, nothing_is_lost_doubled_or_reordered) {
  gateway_world world(open());
  world.before_send = [&](std::size_t number) {
    if (number % 100 == 50) brokers.fail_produce({GetParam(), GetParam()});
  };
  ASSERT_TRUE(world.send_all(300));
  world.expect_nothing_lost_doubled_or_reordered();
  EXPECT_EQ(world.events().failure(), "");
}

INSTANTIATE_TEST_SUITE_P(all, kafka_mock_errors,
                         ::testing::Values(RD_KAFKA_RESP_ERR_UNKNOWN, RD_KAFKA_RESP_ERR_INVALID_MSG,
                                           RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                                           RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                           RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                           RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
                                           RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                           RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                                           RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                           RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
                                           RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
                                           RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR),
                         [](const auto& info) { return rd_kafka_err2name(info.param); });

TEST_F(kafka_mock, leaders_that_change_under_load_lose_double_and_reorder_nothing) {
  gateway_world world(open());
  world.before_send = [&](std::size_t number) {
    if (number % 50 == 25) brokers.set_leader(static_cast<std::int32_t>(number / 50 % 3) + 1);
  };
  ASSERT_TRUE(world.send_all(500));
  world.expect_nothing_lost_doubled_or_reordered();
}

TEST_F(kafka_mock, a_broker_that_goes_and_comes_back_loses_doubles_and_reorders_nothing) {
  gateway_world world(open());
  brokers.set_leader(1);
  world.before_send = [&](std::size_t number) {
    if (number == 100) brokers.set_down(1);
    if (number == 120) brokers.set_leader(2);
    if (number == 200) brokers.set_up(1);
  };
  ASSERT_TRUE(world.send_all(300, 64));
  world.expect_nothing_lost_doubled_or_reordered();
}

}  // namespace
}  // namespace testing_kafka
