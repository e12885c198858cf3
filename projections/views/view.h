// A view of one partition: what is made of its accepted events. Disposable: dropped and built again
// from the log it has the same bytes, because it depends on accepted events in their order only.
#pragma once

#include <memory>
#include <vector>

#include "projections/fold/decided.h"
#include "projections/fold/fold_state.h"
#include "projections/store/state_store.h"

namespace roomlog {

// Owned by the partition's worker, called by the fold's thread; see(), stage() and the front under
// the partition's gate.
class partition_view {
 public:
  // Continues from the view's own checkpoint in the store. `fold` is asked for what never changes
  // once an event is accepted (a room's id, who wrote a message). Both outlive this.
  partition_view(partition_store& store, fold_state& fold, view_id id, std::uint8_t version);
  virtual ~partition_view() = default;

  // The next offset that this view has to see, its cursor.
  offset next() const { return next_; }
  // Takes the event in if it is accepted and not seen before.
  void see(const record_view& record, const decided_event& decided);
  // Everything below was shown.
  void advance(offset next);
  // Puts what changed, and the cursor as the view's checkpoint, into the store.
  void stage();
  // The memory of what is kept in front; after stage() it can be forgotten, and freed elsewhere.
  virtual std::size_t front_bytes() const { return 0; }
  virtual std::vector<std::shared_ptr<void>> forget_front() { return {}; }

 protected:
  virtual void apply(room_id in, const record_view& record, const decided_event& decided) = 0;
  virtual void stage_records() {}
  key_builder key(char table) const { return {id_, version_, fold_.partition(), table}; }

  partition_store& store_;
  fold_state& fold_;

 private:
  view_id id_;
  std::uint8_t version_;
  offset next_, staged_;
};

}  // namespace roomlog
