#include "projections/queries/deleted_texts.h"

#include <algorithm>

#include "projections/fold/fold_records.h"

namespace roomlog {
namespace {

seq_no seq_of(const history_entry& entry) {
  return entry.standing.seq;
}

}  // namespace

void mark_edits_of_deleted(state_store& store, partition_id partition, room_id in,
                           std::vector<history_entry>& entries) {
  for (history_entry& entry : entries) {
    const auto* edit = std::get_if<message_edited>(&entry.ev.facts);
    if (edit == nullptr) continue;
    const auto target = std::ranges::lower_bound(entries, edit->target, {}, seq_of);
    if (target != entries.end() && target->standing.seq == edit->target) {
      entry.standing.deleted = target->standing.deleted;
      continue;
    }
    const auto stored = store.read(partition, event_key(partition, in, edit->target));
    if (stored) entry.standing.deleted = event_state::decode(*stored).deleted;
  }
}

}  // namespace roomlog
