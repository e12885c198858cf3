// How a log on Kafka is reached and opened.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "log/base/types.h"

namespace roomlog {

// Where the brokers are and how they are spoken to; the same for log, topics and doctor.
struct kafka_connection {
  std::string brokers;  // HOST:PORT, comma separated
  // Passed through to librdkafka as they are: TLS, SASL, tuning. Names that roomlog's promises rest
  // on (acks, enable.idempotence, auto.offset.reset …) are refused with errc::invalid.
  std::vector<std::pair<std::string, std::string>> properties;
};

struct kafka_log_options {
  kafka_connection connection;
  std::string topic = "roomlog.events";
  // Takes topics below replication factor 3 and min.insync.replicas 2, with a warning.
  bool allow_unsafe_topic = false;
  std::size_t append_queue_bytes_max = std::size_t{64} << 20;
  std::size_t tail_bytes_per_partition = std::size_t{4} << 20;
  // The partitions whose end is followed; all where empty. Others can be read, and their bounds are
  // those of the opening.
  std::vector<partition_id> followed;
  // What every record carries as Kafka headers, besides the trace context of those that have one,
  // for tools and other readers; the log reads none.
  std::vector<std::pair<std::string, std::string>> headers{
      {"content-type", "application/x-roomlog-flatbuffers"}, {"schema", "RLG1"}};
  // How long the opening waits for the brokers.
  std::chrono::milliseconds open_wait{10'000};
};

}  // namespace roomlog
