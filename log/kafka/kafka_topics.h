// The topics of a log on Kafka: made, described, and compared with what the promise needs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "log/base/result.h"
#include "log/identity.h"
#include "log/kafka/kafka_finding.h"
#include "log/kafka/kafka_options.h"
#include "log/kafka/kafka_topic_status.h"

namespace roomlog {

struct kafka_topics_request {
  std::string prefix = "roomlog";  // PREFIX.events, PREFIX.signals
  std::uint32_t partitions = partitions_default;
  std::int32_t replication_factor = 3;
  bool allow_unsafe_topic = false;
};

// Whether Kafka takes this name of a topic: letters, digits, '.', '_' and '-', at most 249.
result<> check_kafka_topic_name(const std::string& topic);

// "roomlog topics create --kafka HOSTS": what makes the topics of which `topic` is one.
std::string kafka_topics_command(const kafka_connection& to, const std::string& topic);

// Makes those of the two topics that are missing, with the settings that are needed. Blocks. What
// exists already is left as it is.
//   errc::mismatch     below 3 replicas and not allowed; or a topic that exists with other
//                      partitions
//   errc::invalid      numbers or the prefix out of range, a property that is refused, or a right
//                      that this user lacks
//   errc::io           the cluster refuses, as for too few brokers; says why
//   errc::unavailable  no broker answers within `wait`; so also from the calls below
result<std::vector<kafka_topic_status>> create_kafka_topics(const kafka_connection& to,
                                                            const kafka_topics_request& wanted,
                                                            std::chrono::milliseconds wait);

result<std::vector<kafka_topic_status>> describe_kafka_topics(const kafka_connection& to,
                                                              const std::string& prefix,
                                                              std::chrono::milliseconds wait);

// All that a start of the server looks at, and what it would refuse: the brokers and `topic` alone.
result<std::vector<kafka_finding>> examine_kafka_topic(const kafka_connection& to,
                                                       const std::string& topic,
                                                       std::chrono::milliseconds wait);
// The same for both topics, and whether they can be written now.
result<std::vector<kafka_finding>> examine_kafka(const kafka_connection& to,
                                                 const std::string& prefix,
                                                 std::chrono::milliseconds wait);

// Whether a start may go on with what was found. What is taken all the same becomes a diagnostic.
//   errc::mismatch  names everything that keeps it from that, with the commands that mend
result<> check_kafka_findings(const std::vector<kafka_finding>& found, bool allow_unsafe_topic);

}  // namespace roomlog
