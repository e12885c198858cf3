// Sums over the sessions of one shard. On the shard's thread.
#pragma once

#include <array>
#include <cstdint>

#include "schemas/protocol/client_error.h"

namespace roomlog {

struct session_counters {
  std::uint64_t sessions = 0, subscriptions = 0, commands_in_flight = 0;  // as of now
  std::uint64_t commands = 0, events_delivered = 0, ping_timeouts = 0, pages = 0, page_errors = 0;
  std::uint64_t query_pages_cut = 0;  // ended before their limit
  std::uint64_t query_deadlines = 0;  // queries that had no answer in time
  std::uint64_t turns_cut = 0;        // commands were left for another turn
  std::uint64_t queries_waited = 0;   // for room in the output
  std::uint64_t lost_ranges = 0;      // that subscribers were told of
  // How often a connection came to a bound at which it is not read further.
  std::uint64_t held_for_commands = 0, held_for_queries = 0, held_for_output = 0;
  std::array<std::uint64_t, error_codes> refusals{};  // `error` frames
};

}  // namespace roomlog
