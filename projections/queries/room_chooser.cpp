#include "projections/queries/room_chooser.h"

#include <algorithm>

#include "projections/store/state_keys.h"

namespace roomlog {
namespace {

// Rooms whose times are read at once.
constexpr std::size_t rooms_per_read = 128;

// The latest first; by name where the times are not known, or the same.
bool comes_before(const room_chooser::room& a, const room_chooser::room& b) {
  if (a.last_time != b.last_time) return a.last_time > b.last_time;
  return a.name < b.name;
}

}  // namespace

void room_chooser::offer(room candidate) {
  if (is_full() && !comes_before(candidate, best_.front())) return;
  best_.push_back(std::move(candidate));
  std::push_heap(best_.begin(), best_.end(), comes_before);
  if (best_.size() <= query_.limit + 1) return;
  std::pop_heap(best_.begin(), best_.end(), comes_before);
  best_.pop_back();
}

void room_chooser::look_at(partition_id partition) {
  if (query_.order == room_order::recent) return look_for_recent(partition);
  look_by_name(partition);
}

void room_chooser::look_by_name(partition_id partition) {
  const auto prefix = rooms_of_user_key(partition, tenant_, user_);
  std::size_t looked_at = 0;
  std::string last;
  store_.scan(partition, key_behind(prefix, query_.after), after_prefix(prefix),
              scan_direction::forward, [&](std::string_view key, std::string_view value) {
                const auto name = key.substr(prefix.view().size());
                if (end_ && name > *end_) return false;
                if (is_full() && name > best_.front().name) return false;
                if (looked_at == query_.scan_max) {
                  end_ = last;
                  return false;
                }
                ++looked_at;
                last = name;
                const auto found = room_of_user::decode(value);
                if (found.is_member) offer({last, partition, found.in, {}});
                return true;
              });
}

std::vector<room_chooser::room> room_chooser::read_some(partition_id partition, std::string& after,
                                                        std::size_t most) {
  const auto prefix = rooms_of_user_key(partition, tenant_, user_);
  std::vector<room> rooms;
  const std::string begin = key_behind(prefix, after);
  after.clear();
  std::size_t looked_at = 0;
  store_.scan(partition, begin, after_prefix(prefix), scan_direction::forward,
              [&](std::string_view key, std::string_view value) {
                const auto name = key.substr(prefix.view().size());
                const auto found = room_of_user::decode(value);
                if (found.is_member) rooms.push_back({std::string(name), partition, found.in, {}});
                if (++looked_at < most) return true;
                after = name;
                return false;
              });
  looked_at_ += looked_at;
  return rooms;
}

void room_chooser::read_times(partition_id partition, std::vector<room>& rooms) {
  std::vector<key_builder> keys;
  for (const auto& one : rooms) keys.push_back(room_listing_key(partition, one.in));
  const std::vector<std::string_view> names(keys.begin(), keys.end());
  const auto stored = store_.read_together(partition, names);
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    if (!stored[i]) throw store_error("the rooms view lacks a room's listing");
    rooms[i].last_time = room_listing::decode(*stored[i]).last_time;
  }
}

void room_chooser::look_for_recent(partition_id partition) {
  std::string after;
  do {
    if (looked_at_ >= recent_rooms_max) {
      stopped_ = true;
      return;
    }
    auto rooms =
        read_some(partition, after, std::min(rooms_per_read, recent_rooms_max - looked_at_));
    read_times(partition, rooms);
    for (auto& one : rooms) offer(std::move(one));
  } while (!after.empty());
}

room_chooser::choice room_chooser::finish() {
  choice made;
  std::sort_heap(best_.begin(), best_.end(), comes_before);
  if (end_) std::erase_if(best_, [this](const room& one) { return one.name > *end_; });
  const bool beyond = best_.size() > query_.limit;
  if (beyond) best_.resize(query_.limit);
  made.rooms = std::move(best_);
  made.more = beyond || end_ || stopped_;
  if (query_.order == room_order::recent || !made.more) return made;
  made.next = beyond ? made.rooms.back().name : *end_;
  return made;
}

}  // namespace roomlog
