#include "projections/worker/partition_views.h"

#include <algorithm>

#include "projections/fold/fold.h"
#include "projections/worker/decode_batch.h"
#include "schemas/records/codec.h"

namespace roomlog {

partition_views::partition_views(partition_store& store, fold_state& fold,
                                 const std::vector<view_entry>& kept)
    : fold_(fold) {
  for (const view_entry& entry : kept) views_.push_back(entry.make(store, fold));
  given_up_.resize(views_.size());
}

offset partition_views::lowest() const {
  offset lowest = fold_.standing().next;
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (!given_up_[i]) lowest = std::min(lowest, views_[i]->next());
  }
  return lowest;
}

void partition_views::give_up_below(offset start) {
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (views_[i]->next() < start) given_up_[i] = true;
  }
}

void partition_views::see(const decided_batch& batch, partition_gate& gate) {
  std::vector<partition_view*> level;
  for (const auto& view : views_) {
    if (view->next() >= batch.begin) level.push_back(view.get());
  }
  if (level.empty()) return;
  for (std::size_t begin = 0; begin < batch.events.size(); begin += chunk_records_max) {
    const std::size_t end = std::min(batch.events.size(), begin + chunk_records_max);
    const auto lock = gate.enter_as_fold();
    for (std::size_t i = begin; i < end; ++i) {
      for (partition_view* view : level) view->see((*batch.records)[i], batch.events[i]);
    }
  }
  for (partition_view* view : level) view->advance(batch.end);
}

void partition_views::catch_up(const record_batch& records, std::size_t begin, std::size_t end,
                               partition_gate& gate) {
  offset seen = records.next_offset();
  if (end < records.size()) seen = records[end].at;
  // Nothing to read: what is left below the fold's next are offsets without a record.
  if (records.empty()) seen = no_limit;
  seen = std::min(seen, fold_.standing().next);
  std::vector<partition_view*> coming_up;
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (!given_up_[i]) coming_up.push_back(views_[i].get());
  }
  for (std::size_t i = begin; i < end; ++i) {
    const record_view record = records[i];
    auto decoded = decode(record.value);
    if (record.at >= seen || !decoded) continue;
    const auto lock = gate.enter_as_fold();  // for one record: commands do not wait for views
    const auto decision = accepted_as(record, *decoded);
    if (!decision) continue;
    const decided_event decided{record.at, record.append_time, *decision, std::move(*decoded)};
    for (partition_view* view : coming_up) view->see(record, decided);
  }
  for (partition_view* view : coming_up) view->advance(seen);
}

// The seq and time of a record that was decided before: what the index entries of its command say.
std::optional<verdict> partition_views::accepted_as(const record_view& record, const event& ev) {
  if (!is_room_event(ev)) return std::nullopt;
  const fold_state::room* in = fold_.find_room(ev.room);
  if (!in) return std::nullopt;
  const auto command = fold_.find_command(in->value.id, ev.actor, ev.cid);
  if (!command) return std::nullopt;
  const auto posted = fold_.find_event(in->value.id, command->seq);
  if (!posted || posted->at != record.at) return std::nullopt;
  return verdict{verdict_kind::accepted, reject_reason::none, command->seq, record.at,
                 posted->shown_time};
}

void partition_views::stage() {
  for (const auto& view : views_) view->stage();
}

std::size_t partition_views::front_bytes() const {
  std::size_t bytes = 0;
  for (const auto& view : views_) bytes += view->front_bytes();
  return bytes;
}

void partition_views::forget_front(std::vector<std::shared_ptr<void>>& freed) {
  for (const auto& view : views_) {
    for (auto& one : view->forget_front()) freed.push_back(std::move(one));
  }
}

}  // namespace roomlog
