// Removes the oldest records of a partition: Kafka's DeleteRecords (KIP-107).
#pragma once

#include <chrono>
#include <string>

#include "log/kafka/kafka_client.h"

namespace roomlog {

// Removes what lies below `below`, which is not beyond the end, and gives the start of the partition
// afterwards. Blocks until the leader and its replicas have done it.
//   errc::timeout  no leader, or no answer within `wait`; it may still be removed
//   errc::io       the broker refuses: a right is missing, the topic's cleanup.policy is not delete
result<offset> trim_kafka_partition(rd_kafka_t* client, const std::string& topic,
                                    partition_id partition, offset below,
                                    std::chrono::milliseconds wait);

}  // namespace roomlog
