// The whole way of a message on librdkafka's mock brokers, which fail as told.
#include "tests/kafka/gateway_world.h"
#include "tests/kafka/mock_brokers.h"

namespace roomlog::testing {
namespace {

struct kafka_mock : ::testing::Test {
  mock_brokers brokers;

  std::unique_ptr<log> open() { return brokers.open(brokers.options()); }
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
    if (number % 100 == 50) brokers.fail(mock_brokers::request::produce, {GetParam(), GetParam()});
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
}  // namespace roomlog::testing
