#include "log/kafka/kafka_rules.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>

#include "log/identity.h"

namespace roomlog {
namespace {

using grade = kafka_finding::grade;
using settings_list = std::vector<std::pair<std::string, std::string>>;

constexpr std::int32_t replicas_safe = 3;
constexpr std::int64_t in_sync_safe = 2;
// A record holds at most 512 KiB of content (the largest limits.content_bytes), and some more.
constexpr std::int64_t message_bytes_needed = 1 << 20;
constexpr std::int64_t message_bytes_made = 1'048'588;  // Kafka's own default
constexpr std::int64_t signals_kept_ms = 60'000;
constexpr std::int64_t signals_kept_ms_max = 86'400'000;
constexpr std::pair<int, int> version_needed{3, 7};

std::string value_of(const kafka_settings& from, std::string_view name) {
  const auto found = from.values.find(name);
  return found == from.values.end() ? std::string{} : found->second;
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// One rule: which values are good, and what a topic is given that has another.
struct rule {
  std::string name;
  std::string needed;
  std::string mended;  // the value to set
  std::function<bool(const std::string&)> good;
};

rule exactly(std::string name, const std::string& value) {
  return {std::move(name), value, value,
          [value](const std::string& found) { return found == value; }};
}

rule between(std::string name, std::string needed, std::int64_t mended, std::int64_t least,
             std::int64_t most) {
  return {std::move(name), std::move(needed), std::to_string(mended),
          [least, most](const std::string& found) {
            const auto n = number(found);
            return n && *n >= least && *n <= most;
          }};
}

// min.insync.replicas is judged with the replicas.
std::vector<rule> rules_of(kafka_topic_kind kind) {
  std::vector<rule> out;
  out.push_back(exactly("cleanup.policy", "delete"));
  if (kind == kafka_topic_kind::kept) {
    out.push_back(exactly("retention.ms", "-1"));
    out.push_back(exactly("retention.bytes", "-1"));
  } else {
    out.push_back(
        between("retention.ms", "1 to 86400000 (a day)", signals_kept_ms, 1, signals_kept_ms_max));
  }
  out.push_back(exactly("message.timestamp.type", "LogAppendTime"));
  out.push_back(exactly("unclean.leader.election.enable", "false"));
  out.push_back(between("max.message.bytes", "1048576 or more", message_bytes_made,
                        message_bytes_needed, std::numeric_limits<std::int64_t>::max()));
  return out;
}

std::string place_of(const kafka_topic_status& topic) {
  return "topic " + topic.name;
}

// The smallest number of replicas that a partition has.
std::int64_t replicas_of(const kafka_topic_status& topic) {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const auto& one : topic.partitions) least = std::min(least, one.replicas.size());
  return topic.partitions.empty() ? 0 : static_cast<std::int64_t>(least);
}

kafka_finding judge_replication(const kafka_topic_status& topic, const kafka_mender& mend) {
  const auto replicas = replicas_of(topic);
  kafka_finding out{grade::good,          place_of(topic),
                    "replication.factor", std::to_string(replicas),
                    "3 or more",          {}};
  if (replicas < replicas_safe) {
    out.is = grade::unsafe;
    out.mend = mend.tool("kafka-reassign-partitions.sh") +
               " --reassignment-json-file FILE --execute   # FILE gives each partition of " +
               topic.name + " three brokers";
  }
  return out;
}

kafka_finding judge_min_in_sync(const kafka_topic_status& topic, const kafka_settings& settings,
                                const kafka_mender& mend) {
  const std::string found = value_of(settings, "min.insync.replicas");
  const auto least = number(found).value_or(0);
  const auto replicas = replicas_of(topic);
  kafka_finding out{grade::good, place_of(topic), "min.insync.replicas", found, "2 or more", {}};
  if (least > replicas) {  // no append would ever be taken
    out.is = grade::wrong;
    out.needed = "at most the replication factor, " + std::to_string(replicas);
  } else if (least < in_sync_safe) {
    out.is = grade::unsafe;
  }
  if (out.is != grade::good) {
    const auto mended = std::min(std::max<std::int64_t>(replicas, 1), in_sync_safe);
    out.mend = mend.set_topic(topic.name, "min.insync.replicas=" + std::to_string(mended));
  }
  // It cannot be mended before there are more replicas.
  if (out.is == grade::unsafe && replicas < in_sync_safe) out.mend.clear();
  return out;
}

kafka_finding judge_partition_count(const kafka_topic_status& topic) {
  const auto count = topic.partitions.size();
  const bool good = count >= 1 && count <= partitions_max;
  return {good ? grade::good : grade::wrong,
          place_of(topic),
          "partitions",
          std::to_string(count),
          "1 to " + std::to_string(partitions_max),
          {}};
}

std::optional<std::pair<int, int>> major_and_minor(const std::string& text) {
  std::pair<int, int> out;
  const char* end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, out.first);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, out.second);
  if (minor.ec != std::errc{}) return std::nullopt;
  return out;
}

constexpr const char* software_setting = "inter.broker.protocol.version";

}  // namespace

kafka_topic_kind kind_of_kafka_topic(std::string_view name) {
  return name.ends_with(".signals") ? kafka_topic_kind::ephemeral : kafka_topic_kind::kept;
}

settings_list kafka_topic_settings(kafka_topic_kind kind, std::int32_t replication_factor) {
  settings_list out;
  for (const rule& one : rules_of(kind)) out.emplace_back(one.name, one.mended);
  const auto in_sync = std::min<std::int64_t>(replication_factor, in_sync_safe);
  out.emplace_back("min.insync.replicas", std::to_string(in_sync));
  // Only whole files can go: those of a minute, when their minute is over.
  if (kind == kafka_topic_kind::ephemeral) {
    out.emplace_back("segment.ms", std::to_string(signals_kept_ms));
  }
  return out;
}

std::vector<std::string> kafka_settings_looked_at() {
  std::vector<std::string> out;
  for (const rule& one : rules_of(kafka_topic_kind::kept)) out.push_back(one.name);
  out.push_back("min.insync.replicas");
  return out;
}

std::string kafka_mender::tool(std::string_view name) const {
  std::string out = std::string(name) + " --bootstrap-server " + brokers;
  if (has_properties) out += " --command-config CLIENT.properties";
  return out;
}

std::string kafka_mender::set_topic(const std::string& topic, const std::string& setting) const {
  return tool("kafka-configs.sh") + " --alter --entity-type topics --entity-name " + topic +
         " --add-config " + setting;
}

std::vector<kafka_finding> judge_kafka_topic(const kafka_topic_status& topic,
                                             const kafka_settings& settings,
                                             const kafka_mender& mend) {
  std::vector<kafka_finding> out{judge_partition_count(topic), judge_replication(topic, mend),
                                 judge_min_in_sync(topic, settings, mend)};
  for (const rule& one : rules_of(kind_of_kafka_topic(topic.name))) {
    kafka_finding found{
        grade::good, place_of(topic), one.name, value_of(settings, one.name), one.needed, {}};
    if (!one.good(found.found)) {
      found.is = grade::wrong;
      found.mend = mend.set_topic(topic.name, one.name + "=" + one.mended);
    }
    out.push_back(std::move(found));
  }
  return out;
}

std::vector<kafka_finding> judge_kafka_replicas(const kafka_topic_status& topic,
                                                const kafka_settings& settings) {
  const auto needed =
      std::max<std::int64_t>(number(value_of(settings, "min.insync.replicas")).value_or(1), 1);
  std::vector<kafka_finding> out;
  for (const auto& one : topic.partitions) {
    const std::string place = place_of(topic) + " partition " + std::to_string(one.partition);
    if (one.leader < 0) {
      out.push_back({grade::wrong, place, "leader", "none", "a broker that is alive",
                     "start the brokers that hold it"});
    } else if (static_cast<std::int64_t>(one.in_sync.size()) < needed) {
      out.push_back({grade::wrong, place, "in sync", std::to_string(one.in_sync.size()),
                     std::to_string(needed) + " or more, or nothing is taken",
                     "start the brokers that hold its replicas"});
    }
  }
  return out;
}

std::string kafka_version_of(const kafka_settings& broker) {
  const auto found = broker.standards.find(software_setting);
  if (found != broker.standards.end()) {
    const auto version = major_and_minor(found->second);
    if (!version) return {};
    return std::to_string(version->first) + "." + std::to_string(version->second);
  }
  const bool controlled_by_kraft = broker.values.contains("process.roles");
  return controlled_by_kraft && !broker.values.contains(software_setting) ? "4.0 or later" : "";
}

kafka_finding judge_kafka_broker(std::int32_t id, const result<kafka_settings>& told,
                                 const kafka_mender& mend) {
  kafka_finding out{grade::good, "broker " + std::to_string(id), "version", {}, "3.7 or later", {}};
  if (!told) {
    // A broker that is away keeps nobody from starting; one that refuses to say may be too old.
    const bool away = told.error().code == errc::unavailable;
    out.is = away ? grade::unknown : grade::unsafe;
    out.found = told.error().text;
    if (!away) {
      out.mend = mend.tool("kafka-acls.sh") +
                 " --add --cluster --operation DescribeConfigs --allow-principal User:NAME";
    }
    return out;
  }
  out.found = kafka_version_of(*told);
  if (out.found.empty()) {
    out.is = grade::unsafe;
    out.found = "not told";
  } else if (*major_and_minor(out.found) < version_needed) {
    out.is = grade::wrong;
    out.mend =
        "upgrade the broker: before 3.7 it counts as written what fewer than "
        "min.insync.replicas brokers have";
  }
  return out;
}

}  // namespace roomlog
