#include "log/kafka/kafka_property_rules.h"

#include <algorithm>
#include <array>
#include <string>

namespace roomlog {
namespace {

struct protected_setting {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view fixed = "roomlog sets it, its promises rest on it";
constexpr std::string_view no_groups = "roomlog uses no consumer groups and no transactions";
constexpr protected_setting protected_settings[] = {
    {"acks", fixed},
    {"allow.auto.create.topics", fixed},
    {"auto.commit.enable", no_groups},
    {"auto.offset.reset", fixed},
    {"bootstrap.servers", "it is the setting kafka.brokers"},
    {"check.crcs", fixed},
    {"client.id", "roomlog sets it"},
    {"log.connection.close", fixed},
    {"delivery.report.only.error", fixed},
    {"enable.auto.commit", no_groups},
    {"enable.auto.offset.store", no_groups},
    {"enable.gapless.guarantee", fixed},
    {"enable.idempotence", fixed},
    {"enable.partition.eof", fixed},
    {"group.id", no_groups},
    {"group.instance.id", no_groups},
    {"isolation.level", fixed},
    {"message.send.max.retries", fixed},
    {"metadata.broker.list", "it is the setting kafka.brokers"},
    {"partitioner", "roomlog names the partition of every record"},
    {"plugin.library.paths", "roomlog loads no code that a setting names"},
    {"queuing.strategy", fixed},
    {"request.required.acks", fixed},
    {"retries", fixed},
    {"transactional.id", no_groups},
};

}  // namespace

result<> check_kafka_property(std::string_view name) {
  const auto* found = std::find_if(std::begin(protected_settings), std::end(protected_settings),
                                   [&](const protected_setting& one) { return one.name == name; });
  if (found == std::end(protected_settings)) return {};
  return error{errc::invalid, kafka_property_prefix + std::string(name) +
                                  " cannot be changed: " + std::string(found->why)};
}

bool is_secret_kafka_property(std::string_view name) {
  constexpr std::array<std::string_view, 6> marks{"password", "secret", "ssl.key.pem",
                                                  "jaas",     "token",  "oauthbearer.config"};
  return std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
    return name.find(mark) != std::string_view::npos;
  });
}

}  // namespace roomlog
