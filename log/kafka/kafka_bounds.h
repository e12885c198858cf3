// Where the partitions of a topic begin and end, asked of their leaders.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "log/kafka/kafka_client.h"

namespace roomlog {

// Where partitions begin and end as their leaders know it now. One entry for each partition asked
// about; errc::timeout where it has no leader, or one that does not answer; errc::io for what else
// that says. Each leader is asked apart and has its share of `wait`: one that is silent, and
// partitions without one, keep no others from their answer.
enum class kafka_bound { start, end };
std::vector<result<offset>> kafka_bounds(rd_kafka_t* client, const std::string& topic,
                                         const std::vector<partition_id>& partitions,
                                         kafka_bound which, std::chrono::milliseconds wait);

}  // namespace roomlog
