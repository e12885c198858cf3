// Three of librdkafka's mock brokers with the topic "events", which fail as told. They have no
// administrative calls, so a log on them does not examine its topic.
#pragma once

#include <gtest/gtest.h>

#include "log/kafka/kafka_client.h"
// After rdkafka.h, as it says itself.
#include <librdkafka/rdkafka_mock.h>

#include "log/kafka/kafka_opening.h"
#include "schemas/records/codec.h"

namespace roomlog::testing {

class mock_brokers {
 public:
  // Of the Kafka protocol.
  enum class request : std::int16_t { produce = 0, fetch = 1 };

  explicit mock_brokers(int partitions = 1)
      : owner_(make_kafka_client({"127.0.0.1:1", {}}, roomlog::kafka_role::admin).value()),
        cluster_(rd_kafka_mock_cluster_new(owner_.get(), 3)),
        partitions_(static_cast<std::uint32_t>(partitions)) {
    EXPECT_EQ(rd_kafka_mock_topic_create(cluster_, "events", partitions, 3),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  ~mock_brokers() { rd_kafka_mock_cluster_destroy(cluster_); }

  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  roomlog::kafka_log_options options() const {
    roomlog::kafka_log_options made;
    made.connection.brokers = bootstrap();
    made.connection.properties = {{"fetch.wait.max.ms", "5"}, {"message.timeout.ms", "4000"}};
    made.topic = "events";
    return made;
  }
  std::unique_ptr<roomlog::log> open(const roomlog::kafka_log_options& with) const {
    const auto good = [](const kafka_connection&, const std::string&, std::chrono::milliseconds) {
      return result<std::vector<kafka_finding>>(std::vector<kafka_finding>{});
    };
    return open_kafka_engine(with, {partitions_, "abc123"}, descriptor_codec(), clock_, good)
        .value();
  }

  // The next requests of that kind are answered so, and nothing else is done about them.
  void fail(request which, const std::vector<rd_kafka_resp_err_t>& codes) {
    rd_kafka_mock_push_request_errors_array(cluster_, static_cast<std::int16_t>(which),
                                            codes.size(), codes.data());
  }
  void stop_failing(request which) {
    rd_kafka_mock_clear_request_errors(cluster_, static_cast<std::int16_t>(which));
  }
  // -1: nobody.
  void set_leader(std::int32_t broker, std::int32_t partition = 0) {
    EXPECT_EQ(rd_kafka_mock_partition_set_leader(cluster_, "events", partition, broker),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void set_slow(std::int32_t broker, std::chrono::milliseconds round_trip) {
    (void)rd_kafka_mock_broker_set_rtt(cluster_, broker, static_cast<int>(round_trip.count()));
  }
  void set_down(std::int32_t broker) { (void)rd_kafka_mock_broker_set_down(cluster_, broker); }
  void set_up(std::int32_t broker) { (void)rd_kafka_mock_broker_set_up(cluster_, broker); }

 private:
  const roomlog::system_clock_source clock_;
  roomlog::kafka_client owner_;
  rd_kafka_mock_cluster_t* const cluster_;
  const std::uint32_t partitions_;
};

}  // namespace roomlog::testing
