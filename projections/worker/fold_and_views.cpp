#include "projections/worker/fold_and_views.h"

#include <algorithm>

#include "projections/fold/fold.h"

namespace roomlog {

fold_and_views::fold_and_views(partition_store& from, partition_gate& its_gate,
                               partition_id partition, const std::vector<view_entry>& kept)
    : store(from), gate(&its_gate), fold(from, partition), views(from, fold, kept) {}

void fold_and_views::decide_all(decided_batch& batch, const std::vector<bool>& valid,
                                std::atomic<std::uint64_t>& decided) {
  const std::size_t records = batch.events.size();
  for (std::size_t begin = 0; begin < records; begin += chunk_records_max) {
    const std::size_t end = std::min(records, begin + chunk_records_max);
    const auto lock = gate->enter_as_fold();
    for (std::size_t i = begin; i < end; ++i) {
      const event& ev = batch.events[i].ev;
      if (valid[i] && !ev.room.empty()) fold.expect_command(ev.room, ev.actor, ev.cid);
    }
    for (std::size_t i = begin; i < end; ++i) {
      decided_event& d = batch.events[i];
      d.decision = decide(fold, (*batch.records)[i], valid[i] ? &d.ev : nullptr);
      if (!fold.halted().empty()) {
        batch.end = d.at;
        batch.events.resize(i);
        decided.store(batch.end.value, std::memory_order_release);
        return;
      }
      if (d.decision.kind == verdict_kind::advanced) {
        d.steps = std::move(fold.moved().steps);
        batch.steps_bytes += d.steps.capacity() * sizeof(watermark_step);
      }
    }
    decided.store(fold.standing().next.value, std::memory_order_release);
  }
}

void fold_and_views::stage() {
  const auto lock = gate->enter_as_fold();
  fold.stage();
  views.stage();
}

// They are freed without the gate: hundreds of thousands take a while.
void fold_and_views::bound_front(std::size_t bytes_max) {
  std::vector<std::shared_ptr<void>> old;
  const auto lock = gate->enter_as_fold();
  if (fold.front_bytes() + views.front_bytes() <= bytes_max) return;
  old = fold.forget_front();
  views.forget_front(old);
}

}  // namespace roomlog
