#include "projections/worker/fold_and_views.h"

#include <algorithm>

#include "projections/fold/fold.h"
#include "projections/views/history_view.h"
#include "projections/views/rooms_view.h"
#include "schemas/records/codec.h"

namespace roomlog {

fold_and_views::fold_and_views(partition_store& from, partition_gate& its_gate,
                               partition_id partition, bool with_views)
    : store(from), gate(&its_gate), fold(from, partition) {
  if (with_views) {
    views.push_back(std::make_unique<history_view>(store, fold));
    views.push_back(std::make_unique<rooms_view>(store, fold));
  }
  views_next = fold.standing().next;
  for (const auto& view : views) views_next = std::min(views_next, view->next());
}

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
    }
    decided.store(fold.standing().next.value, std::memory_order_release);
  }
}

void fold_and_views::show_to_views(const decided_batch& batch) {
  for (std::size_t begin = 0; begin < batch.events.size(); begin += chunk_records_max) {
    const std::size_t end = std::min(batch.events.size(), begin + chunk_records_max);
    const auto lock = gate->enter_as_fold();
    for (std::size_t i = begin; i < end; ++i) {
      for (const auto& view : views) view->see((*batch.records)[i], batch.events[i]);
    }
  }
  views_next = batch.end;
}

void fold_and_views::catch_views_up(const record_batch& records) {
  const offset until = fold.standing().next;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const record_view record = records[i];
    auto decoded = decode(record.value);
    if (record.at >= until || !decoded) continue;
    const auto lock = gate->enter_as_fold();
    const auto decision = accepted_as(record, *decoded);
    if (!decision) continue;
    const decided_event decided{record.at, record.append_time, *decision, std::move(*decoded)};
    for (const auto& view : views) view->see(record, decided);
  }
  views_next = std::min(until, records.next_offset());
}

// The seq and time of a record that was decided before: what the index entries of its command say.
std::optional<verdict> fold_and_views::accepted_as(const record_view& record, const event& ev) {
  if (!is_room_event(ev)) return std::nullopt;
  const fold_state::room* in = fold.find_room(ev.room);
  if (!in) return std::nullopt;
  const auto command = fold.find_command(in->value.id, ev.actor, ev.cid);
  if (!command) return std::nullopt;
  const auto posted = fold.find_event(in->value.id, command->seq);
  if (!posted || posted->at != record.at) return std::nullopt;
  return verdict{verdict_kind::accepted, reject_reason::none, command->seq, record.at,
                 posted->shown_time};
}

void fold_and_views::stage() {
  const auto lock = gate->enter_as_fold();
  fold.stage();
  for (const auto& view : views) view->stage(views_next);
}

// They are freed without the gate: hundreds of thousands take a while.
void fold_and_views::bound_front(std::size_t bytes_max) {
  std::vector<std::shared_ptr<void>> old;
  const auto lock = gate->enter_as_fold();
  std::size_t bytes = fold.front_bytes();
  for (const auto& view : views) bytes += view->front_bytes();
  if (bytes <= bytes_max) return;
  old = fold.forget_front();
  for (const auto& view : views) {
    auto more = view->forget_front();
    old.insert(old.end(), more.begin(), more.end());
  }
}

}  // namespace roomlog
