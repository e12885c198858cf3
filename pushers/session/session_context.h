// What all sessions of a shard share; outlives them. On the shard's thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "log/base/types.h"
#include "projections/worker/fold_lookup.h"
#include "pushers/client_limits.h"
#include "pushers/rooms/room_hub.h"
#include "pushers/session/session_counters.h"

namespace roomlog {

// Frames of one subscription that deliveries::gather() offered.
struct offered_range {
  subscription* sub;
  seq_no from, until;
  std::size_t bytes;
};

struct session_context {
  std::string epoch;
  const client_limits& limits;
  const client_times& times;
  const fold_lookup& fold;
  room_hub& rooms;
  session_counters& counters;
  // Scratch, in use only within one call, so that idle sessions hold no memory for it.
  std::string json{};
  std::vector<offered_range> offered{};
};

}  // namespace roomlog
