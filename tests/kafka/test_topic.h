// Topics for tests, made and cut with librdkafka alone.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace roomlog::testing {

using properties = std::vector<std::pair<std::string, std::string>>;

struct topic_settings {
  int partitions = 4;
  int replicas = 1;
  properties settings = {{"message.timestamp.type", "LogAppendTime"},
                         {"retention.ms", "-1"},
                         {"max.message.bytes", "8388608"}};
};

// A topic that one broker has made may be news to the next one, and for a moment to itself. Waits
// until each of these brokers knows it, and leaders of all its partitions.
void wait_until_known(const std::string& bootstrap, const std::string& name);

// Both wait until brokers say that it is done, and throw std::runtime_error with what they say.
void make_topic(const std::string& bootstrap, const std::string& name,
                const topic_settings& with = {});
void delete_topic(const std::string& bootstrap, const std::string& name);
// Everything below `offset` goes away.
void delete_records(const std::string& bootstrap, const std::string& topic, int partition,
                    std::int64_t offset);
// One record past the engine: as another program would write it.
void produce_one(const std::string& bootstrap, const std::string& topic, int partition,
                 const std::string& key, const std::string& value);
// The same with these properties of librdkafka, and what is reported of it.
rd_kafka_resp_err_t produce_report(const std::string& bootstrap, const std::string& topic,
                                   int partition, const std::string& key, const std::string& value,
                                   const properties& with);

}  // namespace roomlog::testing
