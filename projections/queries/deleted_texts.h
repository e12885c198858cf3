// An edit carries a text of its message, so once the message is deleted its edits are shown without
// a text, too.
#pragma once

#include <vector>

#include "projections/queries/history_source.h"
#include "projections/store/state_keys.h"
#include "projections/store/state_store.h"

namespace roomlog {

// Marks the edits among `entries`, which are in seq order, whose message is deleted. One read of
// the store for each edit whose message is not among them. Throws store_error.
void mark_edits_of_deleted(state_store& store, partition_id partition, room_id in,
                           std::vector<history_entry>& entries);

}  // namespace roomlog
