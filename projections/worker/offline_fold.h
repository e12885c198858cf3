// One partition folded to an end on the caller's thread, without a service: for replay, audit,
// benches and tests.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "log/log.h"
#include "projections/fold/decided.h"
#include "projections/store/state_store.h"
#include "projections/views/view_registry.h"

namespace roomlog {

struct offline_fold {
  partition_id partition;
  std::vector<view_entry> views{};     // that are kept in the store
  std::optional<offset> until{};       // nothing: the log's end when the fold begins
  std::size_t read_bytes = 4 << 20;    // one read of the log, one decided batch at most
  std::size_t front_bytes = 64 << 20;  // of decoded records in front of the store, about
  // Called with every decided batch, in order; false ends the fold behind it.
  std::function<bool(const decided_batch_ptr&)> on_batch{};
};

// Goes on from the checkpoint that the store has, commits on the way and at the end, and brings the
// views to where the fold is. Returns the next offset that would be decided.
//   errc::damaged      what stopped the fold, and where; or the checkpoint does not belong to this log
//   errc::unavailable  the log or the store does not answer now: the same call goes on from there
result<offset> fold_offline(log& events, state_store& store, const offline_fold& wanted);

}  // namespace roomlog
