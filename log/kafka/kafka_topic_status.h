// What brokers say of a topic.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace roomlog {

struct kafka_partition_status {
  std::int32_t partition = 0;
  std::int32_t leader = -1;
  std::vector<std::int32_t> replicas, in_sync;
};

struct kafka_topic_status {
  std::string name;
  bool exists = false;
  std::string refused;  // empty, or which right this user lacks; then what follows is not known
  std::vector<kafka_partition_status> partitions;
  std::vector<std::pair<std::string, std::string>> settings;  // those that roomlog looks at
};

}  // namespace roomlog
