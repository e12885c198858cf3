#include "pushers/rooms/room_hub.h"

#include <algorithm>
#include <utility>

#include "log/base/diagnostics.h"
#include "log/base/planted_bug.h"
#include "schemas/protocol/frames.h"

namespace roomlog {

std::string_view room_feed::name() const {
  return split_room_key(key_).room;
}

// Keeps the sum of the tails' bytes right around a change of one of them.
template <class Change>
void room_hub::resize(room_feed& feed, Change change) {
  tail_bytes_ -= feed.tail.bytes();
  change(feed.tail);
  tail_bytes_ += feed.tail.bytes();
}

void room_hub::attach(subscription& sub, std::string_view room, seq_no head) {
  auto found = rooms_.find(room);
  if (found == rooms_.end()) {
    auto feed = std::make_unique<room_feed>(std::string(room), next(head));
    feed->by_age_ = by_age_.insert(by_age_.end(), feed.get());
    found = rooms_.emplace(std::string(room), std::move(feed)).first;
  }
  auto& feed = *found->second;
  sub.feed = &feed;
  feed.subscriptions_.add(sub);
}

void room_hub::detach(subscription& sub) {
  auto& feed = *sub.feed;
  feed.subscriptions_.remove(sub);
  sub.feed = nullptr;
  if (!feed.subscriptions().empty()) return;
  direct_.forget(feed);
  tail_bytes_ -= feed.tail.bytes();
  by_age_.erase(feed.by_age_);
  rooms_.erase(rooms_.find(feed.key()));
}

room_feed* room_hub::find(std::string_view room) {
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? nullptr : found->second.get();
}

void room_hub::touch(room_feed& feed) {
  if (std::exchange(feed.touched_, true)) return;
  feed.end_before_ = feed.tail.end();
  touched_.push_back(&feed);
}

// From the back, since who leaves the direct ones is replaced by the last of them.
void room_hub::put_out(room_feed& feed, std::string_view user, seq_no by) {
  for (auto i = feed.subscriptions().size(); i-- != 0;) {
    auto& sub = *feed.subscriptions()[i];
    if (sub.granted >= by || sub.last <= by || sub.owner->user() != user) continue;
    direct_.leave(sub);
    sub.last = by;
  }
}

void room_hub::append(room_feed& feed, const decided_event& decided) {
  const auto seq = decided.decision.seq;
  if (seq < feed.tail.end()) return;
  touch(feed);
  if (seq > feed.tail.end()) resize(feed, [&](room_tail& tail) { tail.reset(seq); });

  if (std::holds_alternative<message_edited>(decided.ev.facts)) feed.last_edit_ = seq;
  // Its text may also be in an edit of it: all edits go.
  if (const auto* deleted = std::get_if<message_deleted>(&decided.ev.facts))
    resize(feed,
           [&](room_tail& tail) { tail.drop_through(std::max(deleted->target, feed.last_edit_)); });
  if (const auto user = user_put_out(decided.ev);
      !user.empty() && !planted("delivery_after_kick")) {
    put_out(feed, user, seq);
  }

  json_.clear();
  if (!frames::event(json_, decided.ev, {seq, decided.at, decided.decision.shown_time})) {
    ++counters_.unreadable;
    diagnostics::error("session", "event " + std::to_string(seq.value) + " of room " + feed.key() +
                                      " has content that does not decode");
  }
  resize(feed, [&](room_tail& tail) {
    tail.append(json_);
    while (tail.bytes() > limits_.tail_bytes_per_room && tail.blocks() > 1)
      (void)tail.drop_oldest();  // there is one
  });
  ++counters_.events_framed;
}

void room_hub::trim(room_feed& newest) {
  by_age_.splice(by_age_.end(), by_age_, newest.by_age_);
  for (auto oldest = by_age_.begin();
       tail_bytes_ > limits_.tail_bytes_per_shard && oldest != by_age_.end();) {
    bool dropped = false;
    resize(**oldest, [&](room_tail& tail) { dropped = tail.drop_oldest(); });
    if (!dropped) ++oldest;
  }
}

void room_hub::publish(const decided_batch& batch) {
  std::string_view last_room;
  room_feed* feed = nullptr;
  for (const auto& decided : batch.events) {
    if (decided.decision.kind != verdict_kind::accepted || decided.ev.room.empty()) continue;
    if (decided.ev.room != last_room) {
      last_room = decided.ev.room;
      feed = find(last_room);
    }
    if (feed != nullptr) append(*feed, decided);
  }
  for (auto* touched : touched_) {
    touched->touched_ = false;
    trim(*touched);
    direct_.begin(*touched);
  }
  touched_.clear();
}

bool room_hub::resync(const fold_lookup& fold) {
  bool all = true;
  for (auto& [key, feed] : rooms_) {
    const auto info = fold.find_room(key);
    if (!info && info.error().code != errc::not_found) all = false;
    if (!info || next(info->head) <= feed->tail.end()) continue;
    feed->end_before_ = feed->tail.end();
    resize(*feed, [&](room_tail& tail) { tail.reset(next(info->head)); });
    direct_.begin(*feed);
  }
  return all;
}

}  // namespace roomlog
