// How readers of committed keys begin: the room, once what is decided is in the store.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "projections/queries/history_source.h"
#include "projections/worker/partition_worker.h"

namespace roomlog {

// Worker p is that of partition p; null where another process folds it.
using partition_workers = std::vector<std::shared_ptr<partition_worker>>;

struct committed_room {
  partition_id partition;
  room_state room;  // as of now
};

// Waits until everything that its partition has decided when the call began is committed,
// `wait_max` at most. errc::not_found: no such room. errc::timeout, errc::unavailable: not
// committed, or the state cannot be read now.
result<committed_room> find_committed(const partition_workers& workers, std::string_view room,
                                      std::chrono::milliseconds wait_max);

// A page of the users whose keys stand under `prefix` in the room's partition, as
// `entry_of(user, value)` shows each, without those who have no role (any more).
member_page list_members(
    state_store& store, partition_id partition, std::string_view prefix, const list_query& query,
    const std::function<member_entry(std::string user, std::string_view value)>& entry_of);

}  // namespace roomlog
