// The sections log, kafka and fold of the configuration; rows in settings_log.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/config/setting_units.h"
#include "app/config/written_values.h"

namespace roomlog {

enum class log_engine : std::uint8_t { embedded, memory, kafka };

struct log_section {
  log_engine engine = log_engine::embedded;
  std::uint32_t partitions = 0;
  std::size_t queue_bytes = 64 * setting_units::mib;
  std::size_t group_bytes = 1 * setting_units::mib;
  std::size_t write_buffer_bytes = 64 * setting_units::mib;
  std::size_t tail_bytes = 4 * setting_units::mib;
};

struct kafka_section {
  std::string brokers;
  std::string topic_prefix = "roomlog";
  bool allow_unsafe_topic = false;
  std::chrono::milliseconds open_wait{10'000};
  std::chrono::milliseconds not_ready_after{30'000};
  // By librdkafka's names; not rows of the table (kafka_properties.h).
  std::map<std::string, std::string> properties;
};

struct fold_section {
  std::vector<std::string> views{"history", "rooms"};
  std::vector<number_range> partitions;
  std::uint32_t threads = 1;
  std::size_t read_bytes = 1 * setting_units::mib;
  std::size_t cache_bytes = 256 * setting_units::mib;
  std::chrono::milliseconds wait{5'000};
};

}  // namespace roomlog
