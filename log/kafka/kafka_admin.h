// Questions to a Kafka cluster and the making of topics, each a call that waits for its answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "log/base/result.h"
#include "log/kafka/kafka_client.h"
#include "log/kafka/kafka_topic_status.h"

namespace roomlog {

// What DescribeConfigs says of a topic or a broker: values in force, and what they would be had
// nobody set them, where it says that.
struct kafka_settings {
  std::map<std::string, std::string, std::less<>> values;
  std::map<std::string, std::string, std::less<>> standards;
};

struct kafka_new_topic {
  std::string name;
  std::uint32_t partitions;
  std::int32_t replication_factor;
  std::vector<std::pair<std::string, std::string>> settings;
};

// Every call waits at most `wait` (a single broker at most 2 s) and fails with errc::unavailable
// where no broker answered, with errc::invalid where this user lacks a right. One thread.
class kafka_admin {
 public:
  //   errc::invalid  a property that is protected, unknown or refused
  static result<kafka_admin> connect(const kafka_connection& to, std::chrono::milliseconds wait);

  // The ids of the brokers that are alive as the cluster sees it, ascending.
  result<std::vector<std::int32_t>> brokers() const;
  result<kafka_settings> broker_settings(std::int32_t id) const;
  // Partitions in order; `exists` is false where there is no such topic. No settings.
  result<kafka_topic_status> topic(const std::string& name) const;
  // The same for one that should be there: waits a second for it.
  result<kafka_topic_status> expected_topic(const std::string& name) const;
  // errc::not_found where there is no such topic.
  result<kafka_settings> topic_settings(const std::string& name) const;
  // Makes them, and waits until every partition has a leader. A topic that another client made
  // meanwhile is taken as it is.
  //   errc::io  the cluster refused; says why
  result<> create(const std::vector<kafka_new_topic>& topics) const;

 private:
  kafka_admin(kafka_client client, std::chrono::milliseconds wait)
      : client_(std::move(client)), wait_(wait) {}
  static result<kafka_topic_status> status_of(const std::string& name,
                                              const result<kafka_metadata>& metadata);
  result<kafka_settings> describe(rd_kafka_ResourceType_t type, const std::string& name) const;
  result<> wait_for_leaders(const kafka_new_topic& topic) const;

  kafka_client client_;
  std::chrono::milliseconds wait_;
};

}  // namespace roomlog
