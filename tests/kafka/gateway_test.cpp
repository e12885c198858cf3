// A gateway on a real broker while answers get lost, are false or refuse, and connections break.
#include <gtest/gtest.h>

#include "schemas/records/codec.h"
#include "tests/kafka/engine_rig.h"
#include "tests/kafka/gateway_world.h"

namespace roomlog::testing {
namespace {

struct kafka_gateway : ::testing::Test {
  broker_behind_proxy& broker = broker_behind_proxy::shared();
  broker_proxy& proxy = broker.proxy;
  engine_rig rig{proxy.address(), {.partitions = 1}};
  const system_clock_source clock;

  std::unique_ptr<log> open() {
    rig.options.connection.properties = {{"message.timeout.ms", "4000"}};
    return open_kafka_log(rig.options, {1, "abc123"}, descriptor_codec(), clock).value();
  }
};

// S2.3.3.3, S3.21
TEST_F(kafka_gateway, lost_answers_and_broken_connections_lose_double_and_reorder_nothing) {
  gateway_world world(open());
  world.before_send = [&](std::size_t number) {
    if (number % 100 == 30) proxy.lose_produce_answers(2);
    if (number % 100 == 70) proxy.break_connections();
  };
  ASSERT_TRUE(world.send_all(500));
  world.expect_nothing_lost_doubled_or_reordered();
}

TEST_F(kafka_gateway, a_broker_that_forgot_its_offsets_loses_doubles_and_reorders_nothing) {
  gateway_world world(open());
  world.before_send = [&](std::size_t number) {
    if (number % 50 == 30) {
      proxy.misreport_produce(RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER, 5);
    }
  };
  ASSERT_TRUE(world.send_all(500));
  world.expect_nothing_lost_doubled_or_reordered();
}

// The records are there, and yet the producer hears that they are not: it sends them again, under
// another sequence where it had to begin a new one.
TEST_F(kafka_gateway, false_refusals_lose_double_and_reorder_nothing) {
  gateway_world world(open());
  const std::vector<std::int16_t> codes{RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
                                        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                        RD_KAFKA_RESP_ERR_INVALID_MSG,
                                        RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
                                        RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                        RD_KAFKA_RESP_ERR_UNKNOWN,
                                        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                        RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR};
  world.before_send = [&](std::size_t number) {
    if (number % 50 == 25) proxy.misreport_produce(codes[number / 50 % codes.size()], 1);
  };
  ASSERT_TRUE(world.send_all(800));
  world.expect_nothing_lost_doubled_or_reordered();
  EXPECT_EQ(world.events().failure(), "");
}

TEST_F(kafka_gateway, a_silence_longer_than_the_acks_wait_loses_doubles_and_reorders_nothing) {
  gateway_world world(open());
  world.before_send = [&](std::size_t number) {
    if (number == 100) proxy.hold_everything();
  };
  // The first one was given up.
  world.before_resend = [&] { proxy.release_everything(); };
  EXPECT_TRUE(world.send_all(300));
  world.expect_nothing_lost_doubled_or_reordered();
  EXPECT_GT(world.resent(), 0u);
}

}  // namespace
}  // namespace roomlog::testing
