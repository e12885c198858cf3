// Which partition a room lives in: murmur2 of its key, made positive, modulo P. The same as the
// default partitioner of Kafka's Java clients (org.apache.kafka.common.utils.Utils.murmur2 and
// BuiltInPartitioner.partitionForKey), so other tools agree.
#pragma once

#include <cstdint>
#include <string_view>

#include "log/base/types.h"

namespace roomlog {

// Kafka's 32-bit murmur2 with its fixed seed 0x9747b28c, as the Java int's bits.
std::uint32_t murmur2(std::string_view key) noexcept;

// partitions > 0.
partition_id partition_of(std::string_view key, std::uint32_t partitions) noexcept;

}  // namespace roomlog
