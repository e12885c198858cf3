#include "app/commands/topics_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/commands/serve_options.h"
#include "app/config/config_options.h"
#include "log/base/diagnostics.h"
#include "log/kafka/kafka_topics.h"
#include "schemas/text/json_writer.h"

namespace roomlog {
namespace {

using topics_status = std::vector<kafka_topic_status>;

struct topics_arguments {
  config_options options;
  std::int32_t replication_factor = 3;
  bool json = false;
};

std::string list_of(const std::vector<std::int32_t>& ids, const char* between) {
  std::string out;
  for (const auto id : ids) out += (out.empty() ? "" : between) + std::to_string(id);
  return out;
}

void print_text(const kafka_topic_status& topic) {
  if (!topic.exists) {
    std::cout << topic.name << ": "
              << (topic.refused.empty() ? "there is no such topic" : "cannot be seen") << '\n';
    return;
  }
  std::cout << topic.name << ": " << topic.partitions.size() << " partitions\n";
  for (const auto& [name, value] : topic.settings) {
    std::cout << "  " << name << " = " << value << '\n';
  }
  for (const auto& one : topic.partitions) {
    std::cout << "  partition " << one.partition << ": leader "
              << (one.leader < 0 ? "none" : std::to_string(one.leader)) << ", replicas "
              << list_of(one.replicas, " ") << ", in sync " << list_of(one.in_sync, " ") << '\n';
  }
}

void append_partition(std::string& out, const kafka_partition_status& one) {
  json_object object(out);
  append_json_number(object.value_of("partition"), std::int64_t{one.partition});
  append_json_number(object.value_of("leader"), std::int64_t{one.leader});
  object.raw("replicas", "[" + list_of(one.replicas, ",") + "]");
  object.raw("in_sync", "[" + list_of(one.in_sync, ",") + "]");
  object.close();
}

void append_topic(std::string& out, const kafka_topic_status& topic) {
  json_object object(out);
  object.field("name", topic.name);
  if (topic.refused.empty() || topic.exists) {
    object.field("exists", topic.exists);
  } else {
    object.raw("exists", "null");  // not known
  }
  if (!topic.refused.empty()) object.field("refused", topic.refused);
  std::string& settings = object.value_of("settings");
  json_object values(settings);
  for (const auto& [name, value] : topic.settings) values.field(name, value);
  values.close();
  std::string& partitions = object.value_of("partitions");
  partitions += '[';
  for (const auto& one : topic.partitions) {
    if (partitions.back() != '[') partitions += ',';
    append_partition(partitions, one);
  }
  partitions += ']';
  object.close();
}

std::string as_json(const topics_status& topics) {
  std::string out = "{\"topics\":[";
  for (const auto& topic : topics) {
    if (out.back() != '[') out += ',';
    append_topic(out, topic);
  }
  return out + "]}\n";
}

exit_code refuse(const error& e) {
  diagnostics::flush();
  std::cerr << "roomlog topics: " << e.text << '\n';
  return exit_code_of(e.code);
}

// What is not there, and which command makes it; which rights are missing.
exit_code conclude(const topics_status& topics, const kafka_connection& to) {
  std::string absent, refused;
  for (const auto& topic : topics) {
    if (!topic.refused.empty()) {
      refused += (refused.empty() ? "" : "; ") + topic.refused;
    } else if (!topic.exists) {
      absent += (absent.empty() ? "" : ", ") + topic.name;
    }
  }
  if (!absent.empty()) {
    std::cerr << "roomlog topics: there is no topic " << absent << "; "
              << kafka_topics_command(to, topics.front().name) << " makes what is missing\n";
  }
  if (refused.empty()) return absent.empty() ? exit_code::done : exit_code::unavailable;
  return refuse({errc::invalid, refused});
}

exit_code print(const result<topics_status>& topics, const kafka_connection& to, bool json) {
  if (!topics) return refuse(topics.error());
  if (json) {
    std::cout << as_json(*topics);
  } else {
    for (const auto& topic : *topics) print_text(topic);
  }
  std::cout.flush();
  return conclude(*topics, to);
}

// The settings, where they name brokers.
result<config> load(const topics_arguments& given) {
  auto loaded = given.options.load();
  if (!loaded) return loaded.error();
  if (loaded->values.kafka.brokers.empty()) {
    return error{errc::invalid, "kafka.brokers is empty; --kafka HOST:PORT,… names brokers"};
  }
  diagnostics::configure(diagnostics::level::error, diagnostics::format::text);
  return loaded->values;
}

exit_code create(const topics_arguments& given) {
  const auto loaded = load(given);
  if (!loaded) return refuse({errc::invalid, loaded.error().text});
  kafka_topics_request wanted;
  wanted.prefix = loaded->kafka.topic_prefix;
  if (loaded->log.partitions > 0) wanted.partitions = loaded->log.partitions;
  wanted.replication_factor = given.replication_factor;
  wanted.allow_unsafe_topic = loaded->kafka.allow_unsafe_topic;
  const auto to = kafka_connection_of(*loaded);
  const auto made = create_kafka_topics(to, wanted, loaded->kafka.open_wait);
  return print(made, to, given.json);
}

exit_code describe(const topics_arguments& given) {
  const auto loaded = load(given);
  if (!loaded) return refuse({errc::invalid, loaded.error().text});
  const auto to = kafka_connection_of(*loaded);
  return print(describe_kafka_topics(to, loaded->kafka.topic_prefix, loaded->kafka.open_wait), to,
               given.json);
}

}  // namespace

void add_topics_command(CLI::App& root, command_choice& choice) {
  CLI::App* group = root.add_subcommand("topics", "Make and describe the topics on Kafka.");
  group->require_subcommand(1);
  group->footer(
      "The topics are PREFIX.events and PREFIX.signals (kafka.topic_prefix).\n"
      "`roomlog doctor` says whether they are fit for use.\n"
      "Exit code 0 where all are there, 3 where a setting is wrong or a right is missing, 4 where\n"
      "a topic is missing or no broker answers; what was found is printed all the same.\n"
      "\n"
      "examples:\n"
      "  roomlog topics create --kafka kafka-1:9092,kafka-2:9092 --partitions 32\n"
      "  roomlog topics create --kafka 127.0.0.1:9092 --replication-factor 1 --allow-unsafe-topic\n"
      "  roomlog topics describe --config /etc/roomlog/roomlog.toml --json");

  const auto making = std::make_shared<topics_arguments>();
  CLI::App* create_command = group->add_subcommand(
      "create", "Make those that are missing; what is there is left as it is.");
  static constexpr std::string_view create_flags[] = {"kafka.brokers", "kafka.allow_unsafe_topic",
                                                      "log.partitions"};
  making->options.add_to(*create_command, create_flags);
  create_command->add_option("--replication-factor", making->replication_factor,
                             "Brokers that have each partition. Default 3.");
  create_command->add_flag("--json", making->json, "JSON on stdout.");
  create_command->callback([=, &choice] { choice.run = [=] { return create(*making); }; });

  const auto asking = std::make_shared<topics_arguments>();
  CLI::App* describe_command =
      group->add_subcommand("describe", "Partitions, replicas and the settings that matter.");
  static constexpr std::string_view describe_flags[] = {"kafka.brokers"};
  asking->options.add_to(*describe_command, describe_flags);
  describe_command->add_flag("--json", asking->json, "JSON on stdout.");
  describe_command->callback([=, &choice] { choice.run = [=] { return describe(*asking); }; });
}

}  // namespace roomlog
