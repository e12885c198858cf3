#include "log/kafka/kafka_topics.h"

#include <algorithm>
#include <array>
#include <thread>

#include "log/base/diagnostics.h"
#include "log/kafka/kafka_admin.h"
#include "log/kafka/kafka_rules.h"

namespace roomlog {
namespace {

using grade = kafka_finding::grade;

constexpr std::chrono::milliseconds ask_again_after{50};

std::array<std::string, 2> topics_of(const std::string& prefix) {
  return {prefix + ".events", prefix + ".signals"};
}

result<kafka_topic_status> describe(const kafka_admin& cluster, const std::string& topic) {
  auto status = cluster.topic(topic);
  if (!status && status.error().code == errc::invalid) {
    kafka_topic_status refused;
    refused.name = topic;
    refused.refused = status.error().text;
    return refused;
  }
  if (!status || !status->exists) return status;
  const auto settings = cluster.topic_settings(topic);
  if (!settings && settings.error().code == errc::invalid) {
    status->refused = settings.error().text;
    return status;
  }
  if (!settings) return settings.error();
  for (const auto& name : kafka_settings_looked_at()) {
    const auto found = settings->values.find(name);
    if (found != settings->values.end()) status->settings.emplace_back(name, found->second);
  }
  return status;
}

result<std::vector<kafka_topic_status>> describe_all(const kafka_admin& cluster,
                                                     const std::string& prefix) {
  std::vector<kafka_topic_status> out;
  for (const auto& topic : topics_of(prefix)) {
    auto one = describe(cluster, topic);
    if (!one) return one.error();
    out.push_back(std::move(*one));
  }
  return out;
}

// Once all are there: what one broker has made may be news to the next one.
result<std::vector<kafka_topic_status>> describe_made(const kafka_admin& cluster,
                                                      const std::string& prefix,
                                                      std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  const auto is_news = [](const kafka_topic_status& topic) {
    return !topic.exists && topic.refused.empty();
  };
  for (;;) {
    auto made = describe_all(cluster, prefix);
    const bool asked_too_early = made && std::ranges::any_of(*made, is_news);
    if (!asked_too_early || std::chrono::steady_clock::now() > until) return made;
    std::this_thread::sleep_for(ask_again_after);
  }
}

result<> check_request(const kafka_topics_request& wanted) {
  if (auto named = check_kafka_topic_name(topics_of(wanted.prefix).front()); !named) return named;
  if (wanted.partitions < 1 || wanted.partitions > partitions_max) {
    return error{errc::invalid, "partitions is " + std::to_string(wanted.partitions) +
                                    "; it must be from 1 to " + std::to_string(partitions_max)};
  }
  if (wanted.replication_factor < 1) {
    return error{errc::invalid, "the replication factor is " +
                                    std::to_string(wanted.replication_factor) +
                                    "; it must be 1 or more"};
  }
  if (wanted.replication_factor < 3 && !wanted.allow_unsafe_topic) {
    return error{errc::mismatch,
                 "the replication factor is " + std::to_string(wanted.replication_factor) +
                     "; it must be 3 or more: with fewer, one broken disk may lose what was "
                     "acknowledged (--allow-unsafe-topic takes it)"};
  }
  return {};
}

kafka_finding missing(const std::string& topic, const kafka_connection& to) {
  return {grade::missing,  "topic " + topic,       "topic",
          "there is none", "a topic of this name", kafka_topics_command(to, topic)};
}

kafka_finding without_right(const std::string& topic, const std::string& why,
                            const kafka_connection& to) {
  return {grade::wrong,
          "topic " + topic,
          "rights",
          why,
          "Describe, DescribeConfigs, Read and Write",
          kafka_mender(to).tool("kafka-acls.sh") + " --add --topic " + topic +
              " --operation Describe --operation DescribeConfigs --operation Read"
              " --operation Write --allow-principal User:NAME"};
}

void append(std::vector<kafka_finding>& to, std::vector<kafka_finding> more) {
  std::ranges::move(more, std::back_inserter(to));
}

result<std::vector<kafka_finding>> examine_brokers(const kafka_admin& cluster,
                                                   const kafka_mender& mend) {
  const auto ids = cluster.brokers();
  if (!ids) return ids.error();
  std::vector<kafka_finding> out;
  for (const auto id : *ids) {
    out.push_back(judge_kafka_broker(id, cluster.broker_settings(id), mend));
  }
  return out;
}

enum class replicas { looked_at, left_out };

result<std::vector<kafka_finding>> examine_topic(const kafka_admin& cluster,
                                                 const kafka_connection& to,
                                                 const std::string& topic, replicas which) {
  const auto lacks_right = [](const auto& asked) {
    return !asked && asked.error().code == errc::invalid;
  };
  const auto status = cluster.expected_topic(topic);
  if (lacks_right(status)) return std::vector{without_right(topic, status.error().text, to)};
  if (!status) return status.error();
  if (!status->exists) return std::vector{missing(topic, to)};
  const auto settings = cluster.topic_settings(topic);
  if (lacks_right(settings)) return std::vector{without_right(topic, settings.error().text, to)};
  if (!settings) return settings.error();
  auto out = judge_kafka_topic(*status, *settings, kafka_mender(to));
  if (which == replicas::looked_at) append(out, judge_kafka_replicas(*status, *settings));
  return out;
}

// A room's signals are looked for in the partition of its events.
std::vector<kafka_finding> compare_partitions(const std::vector<kafka_topic_status>& topics) {
  std::vector<kafka_finding> out;
  const auto wanted = topics.front().partitions.size();
  for (const auto& other : topics) {
    if (!other.exists || !topics.front().exists || other.partitions.size() == wanted) continue;
    out.push_back({grade::wrong, "topic " + other.name, "partitions",
                   std::to_string(other.partitions.size()),
                   std::to_string(wanted) + ", as " + topics.front().name + " has",
                   "delete it while it is empty, then roomlog topics create"});
  }
  return out;
}

}  // namespace

result<> check_kafka_topic_name(const std::string& topic) {
  constexpr std::size_t chars_max = 249;
  const bool fits = topic.size() <= chars_max && std::ranges::all_of(topic, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
                    });
  if (fits && !topic.empty() && topic.front() != '.') return {};
  return error{errc::invalid, "kafka.topic_prefix: there can be no topic \"" + topic +
                                  "\": names are of letters, digits, \".\", \"_\" and \"-\", at "
                                  "most 249, behind a prefix that is not empty"};
}

std::string kafka_topics_command(const kafka_connection& to, const std::string& topic) {
  const std::string prefix = topic.substr(0, topic.rfind('.'));
  return "roomlog topics create --kafka " + to.brokers +
         (prefix == "roomlog" ? "" : " --set kafka.topic_prefix=" + prefix);
}

result<std::vector<kafka_topic_status>> create_kafka_topics(const kafka_connection& to,
                                                            const kafka_topics_request& wanted,
                                                            std::chrono::milliseconds wait) {
  if (auto fits = check_request(wanted); !fits) return fits.error();
  const auto cluster = kafka_admin::connect(to, wait);
  if (!cluster) return cluster.error();
  std::vector<kafka_new_topic> missing_topics;
  for (const auto& name : topics_of(wanted.prefix)) {
    const auto there = cluster->topic(name);
    if (!there) return there.error();
    if (there->exists && there->partitions.size() != wanted.partitions) {
      return error{errc::mismatch, "topic " + name + " has " +
                                       std::to_string(there->partitions.size()) +
                                       " partitions, but " + std::to_string(wanted.partitions) +
                                       " were asked for; nothing was made"};
    }
    if (there->exists) continue;
    missing_topics.push_back(
        {name, wanted.partitions, wanted.replication_factor,
         kafka_topic_settings(kind_of_kafka_topic(name), wanted.replication_factor)});
  }
  if (!missing_topics.empty()) {
    if (auto made = cluster->create(missing_topics); !made) return made.error();
  }
  return describe_made(*cluster, wanted.prefix, wait);
}

result<std::vector<kafka_topic_status>> describe_kafka_topics(const kafka_connection& to,
                                                              const std::string& prefix,
                                                              std::chrono::milliseconds wait) {
  if (auto named = check_kafka_topic_name(topics_of(prefix).front()); !named) return named.error();
  const auto cluster = kafka_admin::connect(to, wait);
  if (!cluster) return cluster.error();
  return describe_all(*cluster, prefix);
}

result<std::vector<kafka_finding>> examine_kafka_topic(const kafka_connection& to,
                                                       const std::string& topic,
                                                       std::chrono::milliseconds wait) {
  const auto cluster = kafka_admin::connect(to, wait);
  if (!cluster) return cluster.error();
  auto out = examine_brokers(*cluster, kafka_mender(to));
  if (!out) return out;
  auto more = examine_topic(*cluster, to, topic, replicas::left_out);
  if (!more) return more;
  append(*out, std::move(*more));
  return out;
}

result<std::vector<kafka_finding>> examine_kafka(const kafka_connection& to,
                                                 const std::string& prefix,
                                                 std::chrono::milliseconds wait) {
  if (auto named = check_kafka_topic_name(topics_of(prefix).front()); !named) return named.error();
  const auto cluster = kafka_admin::connect(to, wait);
  if (!cluster) return cluster.error();
  auto out = examine_brokers(*cluster, kafka_mender(to));
  if (!out) return out;
  std::vector<kafka_topic_status> topics;
  for (const auto& name : topics_of(prefix)) {
    auto more = examine_topic(*cluster, to, name, replicas::looked_at);
    if (!more) return more;
    append(*out, std::move(*more));
    auto status = cluster->topic(name);
    if (!status && status.error().code != errc::invalid) return status.error();
    topics.push_back(status ? std::move(*status) : kafka_topic_status{});
  }
  append(*out, compare_partitions(topics));
  return out;
}

result<> check_kafka_findings(const std::vector<kafka_finding>& found, bool allow_unsafe_topic) {
  std::string refused;
  for (const auto& one : found) {
    if (one.is == grade::good) continue;
    std::string text =
        one.place + ": " + one.setting + " = " + one.found + ", needed: " + one.needed;
    if (one.is == grade::unknown || (one.is == grade::unsafe && allow_unsafe_topic)) {
      diagnostics::warn("kafka", text);
      continue;
    }
    if (one.is == grade::unsafe) text += " (--allow-unsafe-topic takes it)";
    if (!one.mend.empty()) text += "; " + one.mend;
    refused += (refused.empty() ? "" : "\n") + text;
  }
  if (refused.empty()) return {};
  return error{errc::mismatch, refused};
}

}  // namespace roomlog
