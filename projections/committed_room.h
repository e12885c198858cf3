// How readers of committed keys begin: the room, once what is decided is in the store.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include "projections/partition_worker.h"

namespace roomlog {

// Worker p is that of partition p; null where another process folds it.
using partition_workers = std::vector<std::shared_ptr<partition_worker>>;

struct committed_room {
  partition_id partition;
  room_state room;  // as of now
};

// Waits until everything that its partition has decided when the call began is committed,
// `wait_max` at most. errc::not_found: no such room. errc::timeout, errc::unavailable: not
// committed.
result<committed_room> find_committed(const partition_workers& workers, std::string_view room,
                                      std::chrono::milliseconds wait_max);

}  // namespace roomlog
