// What a partition's worker decides into: the fold's state and the views, over one partition_store.
// A worker has one that everybody asks, and for a moment a second one when it has to begin again
// from the last commit. Used by the fold's thread; `fold` by readers too, under the gate.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "log/record.h"
#include "projections/fold/decided.h"
#include "projections/fold/fold_state.h"
#include "projections/store/partition_gate.h"
#include "projections/views/view.h"

namespace roomlog {

// Records in one hold of the gate.
constexpr std::size_t chunk_records_max = 64;

struct fold_and_views {
  // Continues from what is committed. Both outlive this.
  fold_and_views(partition_store& store, partition_gate& gate, partition_id partition,
                 bool with_views);

  bool views_behind() const { return !views.empty() && views_next < fold.standing().next; }
  // Decides the records of the batch, whose events are decoded as far as `valid` says. Stops before
  // the record at which the fold halts: the batch is cut there. `decided` follows under the gate.
  void decide_all(decided_batch& batch, const std::vector<bool>& valid,
                  std::atomic<std::uint64_t>& decided);
  void show_to_views(const decided_batch& batch);
  // A view that was made later than the fold's state, or dropped, learns from the fold's two keys
  // what was accepted.
  void catch_views_up(const record_batch& records);
  void stage();
  // Forgets the records in front where they take more; not where something is not staged.
  void bound_front(std::size_t bytes_max);

  partition_store& store;
  partition_gate* gate;
  fold_state fold;
  std::vector<std::unique_ptr<partition_view>> views;
  offset views_next;  // what the views have seen, staged or not

 private:
  std::optional<verdict> accepted_as(const record_view& record, const event& ev);
};

}  // namespace roomlog
