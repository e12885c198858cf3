#include "tests/kafka/test_topic.h"

#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace roomlog::testing {
namespace {

constexpr int wait_ms = 30'000;

using owned_client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;
using owned_queue = std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)>;
using owned_event = std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)>;

void check(rd_kafka_resp_err_t code, const char* text) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  throw std::runtime_error(std::string(rd_kafka_err2name(code)) + ": " +
                           (text != nullptr ? text : ""));
}

owned_client make_client(const std::string& bootstrap, const properties& with = {},
                         int events = 0) {
  char text[256];
  auto* config = rd_kafka_conf_new();
  rd_kafka_conf_set_events(config, events);
  rd_kafka_conf_set(config, "bootstrap.servers", bootstrap.c_str(), text, sizeof text);
  rd_kafka_conf_set(config, "message.max.bytes", "8388608", text, sizeof text);
  for (const auto& [name, value] : with) {
    if (rd_kafka_conf_set(config, name.c_str(), value.c_str(), text, sizeof text) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(text);
    }
  }
  owned_client client(rd_kafka_new(RD_KAFKA_PRODUCER, config, text, sizeof text), rd_kafka_destroy);
  if (!client) throw std::runtime_error(text);
  return client;
}

// One administrative request, answered.
owned_event ask(rd_kafka_t* client, const std::function<void(rd_kafka_queue_t*)>& send) {
  const owned_queue queue(rd_kafka_queue_new(client), rd_kafka_queue_destroy);
  send(queue.get());
  owned_event event(rd_kafka_queue_poll(queue.get(), wait_ms), rd_kafka_event_destroy);
  if (!event) throw std::runtime_error("no broker answers");
  check(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()));
  return event;
}

void check_topics(const rd_kafka_topic_result_t** results, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    check(rd_kafka_topic_result_error(results[i]), rd_kafka_topic_result_error_string(results[i]));
  }
}

void hand_over(rd_kafka_t* client, const std::string& topic, int partition, const std::string& key,
               const std::string& value) {
  const auto code = rd_kafka_producev(
      client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
  check(code, "produce");
}

// Whether the first broker that a new client asks knows the topic and a leader for all of it.
bool is_known(const std::string& broker, const std::string& name) {
  const auto client = make_client(broker);
  const rd_kafka_metadata_t* all = nullptr;
  check(rd_kafka_metadata(client.get(), 1, nullptr, &all, wait_ms), "metadata");
  bool known = false;
  for (int t = 0; t < all->topic_cnt; ++t) {
    const auto& topic = all->topics[t];
    if (name != topic.topic) continue;
    known = topic.err == RD_KAFKA_RESP_ERR_NO_ERROR && topic.partition_cnt > 0;
    for (int p = 0; p < topic.partition_cnt; ++p) known &= topic.partitions[p].leader != -1;
  }
  rd_kafka_metadata_destroy(all);
  return known;
}

}  // namespace

void wait_until_known(const std::string& bootstrap, const std::string& name) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  std::istringstream brokers(bootstrap);
  for (std::string broker; std::getline(brokers, broker, ',');) {
    while (!is_known(broker, name)) {
      if (std::chrono::steady_clock::now() > until)
        throw std::runtime_error(broker + " does not know " + name);
      std::this_thread::yield();
    }
  }
}

void make_topic(const std::string& bootstrap, const std::string& name, const topic_settings& with) {
  const auto client = make_client(bootstrap);
  char text[256];
  auto* topic =
      rd_kafka_NewTopic_new(name.c_str(), with.partitions, with.replicas, text, sizeof text);
  if (topic == nullptr) throw std::runtime_error(text);
  for (const auto& [setting, value] : with.settings) {
    (void)rd_kafka_NewTopic_set_config(topic, setting.c_str(), value.c_str());  // cannot fail
  }
  const auto event = ask(client.get(), [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(client.get(), &topic, 1, nullptr, queue);
  });
  rd_kafka_NewTopic_destroy(topic);
  std::size_t count = 0;
  const auto* results = rd_kafka_event_CreateTopics_result(event.get());
  check_topics(rd_kafka_CreateTopics_result_topics(results, &count), count);
  wait_until_known(bootstrap, name);
}

void delete_topic(const std::string& bootstrap, const std::string& name) {
  const auto client = make_client(bootstrap);
  auto* topic = rd_kafka_DeleteTopic_new(name.c_str());
  const auto event = ask(client.get(), [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteTopics(client.get(), &topic, 1, nullptr, queue);
  });
  rd_kafka_DeleteTopic_destroy(topic);
  std::size_t count = 0;
  const auto* results = rd_kafka_event_DeleteTopics_result(event.get());
  check_topics(rd_kafka_DeleteTopics_result_topics(results, &count), count);
}

void delete_records(const std::string& bootstrap, const std::string& topic, int partition,
                    std::int64_t offset) {
  const auto client = make_client(bootstrap);
  auto* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = offset;
  auto* request = rd_kafka_DeleteRecords_new(list);
  rd_kafka_topic_partition_list_destroy(list);
  const auto event = ask(client.get(), [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteRecords(client.get(), &request, 1, nullptr, queue);
  });
  rd_kafka_DeleteRecords_destroy(request);
  const auto* result = rd_kafka_event_DeleteRecords_result(event.get());
  check(rd_kafka_DeleteRecords_result_offsets(result)->elems[0].err, "DeleteRecords");
}

void produce_one(const std::string& bootstrap, const std::string& topic, int partition,
                 const std::string& key, const std::string& value) {
  const auto client = make_client(bootstrap);
  hand_over(client.get(), topic, partition, key, value);
  check(rd_kafka_flush(client.get(), wait_ms), "flush");
}

rd_kafka_resp_err_t produce_report(const std::string& bootstrap, const std::string& topic,
                                   int partition, const std::string& key, const std::string& value,
                                   const properties& with) {
  const auto client = make_client(bootstrap, with, RD_KAFKA_EVENT_DR);
  hand_over(client.get(), topic, partition, key, value);
  const owned_queue queue(rd_kafka_queue_get_main(client.get()), rd_kafka_queue_destroy);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (std::chrono::steady_clock::now() < until) {
    // Of brokers that are away there are other events.
    const owned_event event(rd_kafka_queue_poll(queue.get(), 100), rd_kafka_event_destroy);
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) continue;
    return rd_kafka_event_message_next(event.get())->err;
  }
  throw std::runtime_error("no report of a record");
}

}  // namespace roomlog::testing
