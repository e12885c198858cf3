#include "log/kafka/kafka_admin.h"

#include <algorithm>
#include <thread>

#include "log/kafka/kafka_metadata.h"

namespace roomlog {
namespace {

using steady = std::chrono::steady_clock;

using admin_options =
    std::unique_ptr<rd_kafka_AdminOptions_t, kafka_deleter<rd_kafka_AdminOptions_destroy>>;
using config_resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, kafka_deleter<rd_kafka_ConfigResource_destroy>>;
using new_topic = std::unique_ptr<rd_kafka_NewTopic_t, kafka_deleter<rd_kafka_NewTopic_destroy>>;

// A leader is there some milliseconds after a topic is; asked for that often.
constexpr std::chrono::milliseconds leader_poll{20};
// A broker that died or stopped just now is still listed; it is not waited for long.
constexpr std::chrono::milliseconds broker_wait_max{2'000};

int as_ms(std::chrono::milliseconds wait) {
  return static_cast<int>(wait.count());
}

error unanswered(const std::string& what, const std::string& why) {
  return {errc::unavailable, what + ": " + why};
}

result<admin_options> options_for(rd_kafka_t* client, rd_kafka_admin_op_t what,
                                  std::chrono::milliseconds wait) {
  admin_options options(rd_kafka_AdminOptions_new(client, what));
  char text[256];
  if (rd_kafka_AdminOptions_set_request_timeout(options.get(), as_ms(wait), text, sizeof text) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error{errc::invalid, "a wait of " + std::to_string(wait.count()) +
                                    " ms is refused by librdkafka: " + text};
  }
  return options;
}

// The answer to one request, or why there is none. The client itself gives up after `wait`; the
// margin is for what it does about that.
result<kafka_event> take_answer(rd_kafka_queue_t* from, std::chrono::milliseconds wait,
                                const std::string& what) {
  kafka_event answer(rd_kafka_queue_poll(from, as_ms(wait) + 1000));
  if (!answer)
    return unanswered(what, "nobody answered within " + std::to_string(wait.count()) + " ms");
  const auto code = rd_kafka_event_error(answer.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return unanswered(what, rd_kafka_event_error_string(answer.get()));
  }
  return answer;
}

void keep_standard(const rd_kafka_ConfigEntry_t* entry, const std::string& name,
                   kafka_settings& into) {
  std::size_t count = 0;
  const auto* const* synonyms = rd_kafka_ConfigEntry_synonyms(entry, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(synonyms[i]);
    const bool standard =
        rd_kafka_ConfigEntry_source(synonyms[i]) == RD_KAFKA_CONFIG_SOURCE_DEFAULT_CONFIG;
    if (standard && value != nullptr) into.standards[name] = value;
  }
}

kafka_settings settings_in(const rd_kafka_ConfigResource_t* resource) {
  kafka_settings out;
  std::size_t count = 0;
  const auto* const* entries = rd_kafka_ConfigResource_configs(resource, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigEntry_name(entries[i]);
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);  // null where it is secret
    out.values[name] = value != nullptr ? value : "";
    keep_standard(entries[i], name, out);
  }
  return out;
}

std::vector<std::int32_t> sorted(const std::int32_t* ids, int count) {
  std::vector<std::int32_t> out(ids, ids + count);
  std::ranges::sort(out);
  return out;
}

result<new_topic> as_new_topic(const kafka_new_topic& wanted) {
  char text[256];
  new_topic out(rd_kafka_NewTopic_new(wanted.name.c_str(), static_cast<int>(wanted.partitions),
                                      wanted.replication_factor, text, sizeof text));
  if (!out) return error{errc::invalid, "topic " + wanted.name + ": " + text};
  for (const auto& [name, value] : wanted.settings) {
    (void)rd_kafka_NewTopic_set_config(out.get(), name.c_str(), value.c_str());  // only null fails
  }
  return out;
}

result<> first_refusal(const rd_kafka_event_t* answer) {
  std::size_t count = 0;
  const auto* const* results = rd_kafka_CreateTopics_result_topics(
      rd_kafka_event_CreateTopics_result(const_cast<rd_kafka_event_t*>(answer)), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    const char* why = rd_kafka_topic_result_error_string(results[i]);
    return error{is_missing_kafka_right(code) ? errc::invalid : errc::io,
                 std::string("topic ") + rd_kafka_topic_result_name(results[i]) +
                     " cannot be made: " + describe_kafka_error(code) +
                     (why != nullptr ? std::string(": ") + why : "")};
  }
  return {};
}

bool all_have_leaders(const kafka_topic_status& topic, std::uint32_t partitions) {
  return topic.partitions.size() >= partitions &&
         std::ranges::all_of(topic.partitions, [](const auto& one) { return one.leader >= 0; });
}

}  // namespace

result<kafka_admin> kafka_admin::connect(const kafka_connection& to,
                                         std::chrono::milliseconds wait) {
  auto client = make_kafka_client(to, kafka_role::admin);
  if (!client) return client.error();
  return kafka_admin(std::move(*client), wait);
}

result<std::vector<std::int32_t>> kafka_admin::brokers() const {
  const auto metadata = kafka_cluster_metadata(client_.get(), wait_);
  if (!metadata) return metadata.error();
  const auto& found = **metadata;
  std::vector<std::int32_t> out;
  for (int i = 0; i < found.broker_cnt; ++i) out.push_back(found.brokers[i].id);
  std::ranges::sort(out);
  return out;
}

result<kafka_topic_status> kafka_admin::topic(const std::string& name) const {
  return status_of(name, kafka_topic_metadata(client_.get(), name, wait_));
}

result<kafka_topic_status> kafka_admin::expected_topic(const std::string& name) const {
  return status_of(
      name, ask_while_news([&] { return kafka_topic_metadata(client_.get(), name, wait_); }));
}

result<kafka_topic_status> kafka_admin::status_of(const std::string& name,
                                                  const result<kafka_metadata>& metadata) {
  kafka_topic_status out;
  out.name = name;
  if (!metadata && metadata.error().code == errc::not_found) return out;
  if (!metadata) return metadata.error();
  out.exists = true;
  const auto& topic = (*metadata)->topics[0];
  for (int i = 0; i < topic.partition_cnt; ++i) {
    const auto& one = topic.partitions[i];
    out.partitions.push_back(
        {one.id, one.leader, sorted(one.replicas, one.replica_cnt), sorted(one.isrs, one.isr_cnt)});
  }
  std::ranges::sort(out.partitions, {}, &kafka_partition_status::partition);
  return out;
}

result<kafka_settings> kafka_admin::describe(rd_kafka_ResourceType_t type,
                                             const std::string& name) const {
  const bool broker = type == RD_KAFKA_RESOURCE_BROKER;
  const std::string what = (broker ? "broker " : "topic ") + name;
  const auto wait = std::min(wait_, broker_wait_max);
  auto options = options_for(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, wait);
  if (!options) return options.error();
  const config_resource resource(rd_kafka_ConfigResource_new(type, name.c_str()));
  const kafka_queue answers(rd_kafka_queue_new(client_.get()));
  rd_kafka_ConfigResource_t* asked = resource.get();
  rd_kafka_DescribeConfigs(client_.get(), &asked, 1, options->get(), answers.get());
  const auto answer = take_answer(answers.get(), wait, what);
  if (!answer) return answer.error();
  std::size_t count = 0;
  const auto* const* found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(answer->get()), &count);
  if (count != 1) return error{errc::io, what + ": its settings are not told"};
  const auto code = rd_kafka_ConfigResource_error(found[0]);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const bool missing = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    const auto other = is_missing_kafka_right(code) ? errc::invalid : errc::io;
    return error{missing ? errc::not_found : other,
                 what + ": its settings are not told: " + describe_kafka_error(code)};
  }
  return settings_in(found[0]);
}

result<kafka_settings> kafka_admin::broker_settings(std::int32_t id) const {
  return describe(RD_KAFKA_RESOURCE_BROKER, std::to_string(id));
}

result<kafka_settings> kafka_admin::topic_settings(const std::string& name) const {
  const auto until = steady::now() + wait_;
  for (;;) {
    auto found = ask_while_news([&] { return describe(RD_KAFKA_RESOURCE_TOPIC, name); });
    const bool silent = !found && found.error().code == errc::unavailable;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady::now());
    if (!silent || left <= leader_poll) return found;
    // The broker that was asked may be gone: with this the client learns which are there now.
    std::this_thread::sleep_for(leader_poll);
    (void)kafka_topic_metadata(client_.get(), name, std::min(left, broker_wait_max));
  }
}

result<> kafka_admin::create(const std::vector<kafka_new_topic>& topics) const {
  auto options = options_for(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, wait_);
  if (!options) return options.error();
  std::vector<new_topic> owned;
  std::vector<rd_kafka_NewTopic_t*> asked;
  for (const auto& wanted : topics) {
    auto one = as_new_topic(wanted);
    if (!one) return one.error();
    asked.push_back(one->get());
    owned.push_back(std::move(*one));
  }
  const kafka_queue answers(rd_kafka_queue_new(client_.get()));
  rd_kafka_CreateTopics(client_.get(), asked.data(), asked.size(), options->get(), answers.get());
  const auto answer = take_answer(answers.get(), wait_, "the topics cannot be made");
  if (!answer) return answer.error();
  if (auto refused = first_refusal(answer->get()); !refused) return refused;
  for (const auto& wanted : topics) {
    if (auto ready = wait_for_leaders(wanted); !ready) return ready;
  }
  return {};
}

result<> kafka_admin::wait_for_leaders(const kafka_new_topic& wanted) const {
  const auto deadline = steady::now() + wait_;
  for (;;) {
    const auto now = topic(wanted.name);
    if (!now) return now.error();
    if (all_have_leaders(*now, wanted.partitions)) return {};
    if (steady::now() > deadline) {
      return unanswered("topic " + wanted.name, "it was made, but partitions have no leader yet");
    }
    std::this_thread::sleep_for(leader_poll);
  }
}

}  // namespace roomlog
