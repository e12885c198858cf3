// The questions that the parts of the Kafka engine have for the cluster, as an interface: tests answer
// them without brokers.
#pragma once

#include <string>
#include <vector>

#include "log/kafka/kafka_bounds.h"
#include "log/kafka/kafka_client.h"
#include "log/log.h"

namespace roomlog {

// Thread-safe. Each call waits for brokers, some seconds at most.
class kafka_inquiry {
 public:
  virtual ~kafka_inquiry() = default;

  // Where these partitions begin or end now; errors as kafka_bounds().
  virtual std::vector<result<offset>> bounds(const std::vector<partition_id>& of,
                                             kafka_bound which) const = 0;

  // The leader of each partition of the topic; -1: it has none.
  //   errc::not_found    there is no such topic
  //   errc::unavailable  no broker answers
  using leaders = std::vector<std::int32_t>;
  virtual result<leaders> find_leaders() const = 0;
  // The same through a client of its own. One client asks the same stopped broker again and again
  // while its connection is open (librdkafka 2.0.2); a new one connects to another broker.
  virtual result<leaders> find_leaders_anew() const = 0;

  result<offset> bound(partition_id of, kafka_bound which) const { return bounds({of}, which)[0]; }
};

// Asks with one client. `client` outlives it.
class kafka_topic_inquiry final : public kafka_inquiry {
 public:
  kafka_topic_inquiry(kafka_connection to, std::string topic, rd_kafka_t* client)
      : to_(std::move(to)), topic_(std::move(topic)), client_(client) {}

  std::vector<result<offset>> bounds(const std::vector<partition_id>& of,
                                     kafka_bound which) const override;
  result<leaders> find_leaders() const override;
  result<leaders> find_leaders_anew() const override;

 private:
  const kafka_connection to_;
  const std::string topic_;
  rd_kafka_t* const client_;
};

}  // namespace roomlog
