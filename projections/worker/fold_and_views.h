// What a partition's worker decides into: the fold's state and the views, over one partition_store.
// A worker has one that everybody asks, and for a moment a second one when it has to begin again
// from the last commit. Used by the fold's thread; `fold` by readers too, under the gate.
#pragma once

#include <atomic>
#include <vector>

#include "projections/fold/decided.h"
#include "projections/fold/fold_state.h"
#include "projections/store/partition_gate.h"
#include "projections/worker/partition_views.h"

namespace roomlog {

struct fold_and_views {
  // Continues from what is committed. Both outlive this.
  fold_and_views(partition_store& store, partition_gate& gate, partition_id partition,
                 const std::vector<view_entry>& kept);

  // Decides the records of the batch, whose events are decoded as far as `valid` says. Stops before
  // the record at which the fold halts: the batch is cut there. `decided` follows under the gate.
  void decide_all(decided_batch& batch, const std::vector<bool>& valid,
                  std::atomic<std::uint64_t>& decided);
  void show_to_views(const decided_batch& batch) { views.see(batch, *gate); }
  void stage();
  // Forgets the records in front where they take more; not where something is not staged.
  void bound_front(std::size_t bytes_max);

  partition_store& store;
  partition_gate* gate;
  fold_state fold;
  partition_views views;
};

}  // namespace roomlog
