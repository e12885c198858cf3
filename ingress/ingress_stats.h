// Figures of the pipeline; counters count since its start, the others are as of now.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingress/limits/user_limits.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

struct ingress_stats {
  std::uint64_t accepted = 0, duplicates = 0, refused = 0, unknown = 0;
  std::uint64_t refused_by_code[error_codes] = {};
  // By user_limit_names: for rates and budgets of users.
  std::uint64_t refused_by_limit[user_limit_names.size()] = {};
  std::size_t users = 0;  // that are counted for them
  // In flight, of the user that has most of it.
  std::size_t most_of_a_user = 0, most_bytes_of_a_user = 0;
  std::uint64_t fences = 0;  // taken: one for each partition, and one after each doubt
  std::size_t in_flight = 0, in_flight_bytes = 0;
  std::vector<std::size_t> in_flight_of;  // by partition
  // By partition: how far the log's clock is ahead of ours at least, as append_clocks has it.
  std::vector<std::chrono::microseconds> clock_skews;
};

}  // namespace roomlog
