// The views of one partition, each with a cursor of its own behind the fold. A view that is level
// sees the batches that the fold has just decided; one that is behind learns from the fold's keys
// which records of the log were accepted.
//
//   log     0 ─────────────────────────────────────────► end
//   fold    ───────────────────────────────────► next
//   level   ───────────────────────────────────► the same      see()
//   behind  ─────────────► catch_up()
//
// Used by the fold's thread, under the partition's gate where keys are read or put.
#pragma once

#include <memory>
#include <vector>

#include "log/record.h"
#include "projections/fold/decided.h"
#include "projections/fold/fold_state.h"
#include "projections/store/partition_gate.h"
#include "projections/views/view.h"
#include "projections/views/view_registry.h"

namespace roomlog {

// Records in one hold of the gate.
constexpr std::size_t chunk_records_max = 64;

class partition_views {
 public:
  // Each continues from its own checkpoint. `store` and `fold` outlive this.
  partition_views(partition_store& store, fold_state& fold, const std::vector<view_entry>& kept);

  std::size_t size() const { return views_.size(); }
  // The next offset that a view has to see, staged or not.
  offset next(std::size_t view) const { return views_[view]->next(); }
  // That of the view that is farthest behind of those that are not given up; the fold's where there
  // is none.
  offset lowest() const;
  // The log has no records below `start` any more: views that need some stay where they are.
  void give_up_below(offset start);
  bool given_up(std::size_t view) const { return given_up_[view]; }

  // Shows a batch that was just decided to the views that are level with its begin.
  void see(const decided_batch& batch, partition_gate& gate);
  // Shows the records [begin, end) of a batch, which were decided before, to the views that have
  // not seen them.
  void catch_up(const record_batch& records, std::size_t begin, std::size_t end,
                partition_gate& gate);

  // Under the gate.
  void stage();
  std::size_t front_bytes() const;
  void forget_front(std::vector<std::shared_ptr<void>>& freed);

 private:
  std::optional<verdict> accepted_as(const record_view& record, const event& ev);

  fold_state& fold_;
  std::vector<std::unique_ptr<partition_view>> views_;
  std::vector<bool> given_up_;  // of views_
};

}  // namespace roomlog
