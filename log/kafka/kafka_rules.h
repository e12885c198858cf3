// What the promise needs of topics and brokers, as functions of what they say of themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log/kafka/kafka_admin.h"
#include "log/kafka/kafka_finding.h"

namespace roomlog {

// Kept: events, from which nothing is ever missing. Ephemeral: signals.
enum class kafka_topic_kind { kept, ephemeral };
// By the name's end: ".signals" is ephemeral, everything else is kept.
kafka_topic_kind kind_of_kafka_topic(std::string_view name);

// What a topic is made with.
std::vector<std::pair<std::string, std::string>> kafka_topic_settings(
    kafka_topic_kind kind, std::int32_t replication_factor);
// The names of the settings that are looked at.
std::vector<std::string> kafka_settings_looked_at();

// How the command lines that mend are begun: which brokers, and whether they need a client's
// properties.
struct kafka_mender {
  explicit kafka_mender(const kafka_connection& to)
      : brokers(to.brokers), has_properties(!to.properties.empty()) {}
  std::string brokers;
  bool has_properties;

  // "kafka-configs.sh --bootstrap-server HOSTS"
  std::string tool(std::string_view name) const;
  std::string set_topic(const std::string& topic, const std::string& setting) const;
};

// Everything that was looked at, good or not, in the order of kafka_settings_looked_at().
std::vector<kafka_finding> judge_kafka_topic(const kafka_topic_status& topic,
                                             const kafka_settings& settings,
                                             const kafka_mender& mend);
// Whether it can be read and written now; nothing that a start is refused for.
std::vector<kafka_finding> judge_kafka_replicas(const kafka_topic_status& topic,
                                                const kafka_settings& settings);
// `told` is what the broker says of itself, or why it says nothing.
kafka_finding judge_kafka_broker(std::int32_t id, const result<kafka_settings>& told,
                                 const kafka_mender& mend);

// "3.6", "4.0 or later"; empty where it cannot be told.
//
// No request of Kafka's protocol asks for it. Brokers before 4.0 have a setting
// inter.broker.protocol.version whose default is the version of their software, whatever it is set
// to; 4.0 took it away.
std::string kafka_version_of(const kafka_settings& broker);

}  // namespace roomlog
