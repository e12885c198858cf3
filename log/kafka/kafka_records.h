// librdkafka's messages as records.
#pragma once

#include <string>

#include "log/base/result.h"
#include "log/kafka/kafka_client.h"
#include "log/record.h"

namespace roomlog {

inline std::string describe_position(partition_id partition, offset at) {
  return "partition " + std::to_string(partition.value) + ", offset " + std::to_string(at.value);
}

inline error no_kafka_partition(partition_id partition) {
  return {errc::invalid, "there is no partition " + std::to_string(partition.value)};
}

// The next record of a batch: offsets follow each other. Its append time is the broker's, in
// milliseconds.
inline void add_kafka_message(record_batch_builder& to, const rd_kafka_message_t& message) {
  const auto ms = rd_kafka_message_timestamp(&message, nullptr);
  to.add(offset{static_cast<std::uint64_t>(message.offset)}, timestamp{ms > 0 ? ms * 1000 : 0},
         {static_cast<const char*>(message.key), message.key_len},
         {static_cast<const std::byte*>(message.payload), message.len});
}

}  // namespace roomlog
