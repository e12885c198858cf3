#include "projections/store/rocks_state_held.h"

#include <rocksdb/iterator.h>

#include "projections/store/rocks_state_trouble.h"

namespace roomlog {
namespace {

std::string_view text(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

// The database's entries, one way or the other.
struct stored_way {
  rocksdb::Iterator& at;
  scan_direction direction;

  void begin() { direction == scan_direction::forward ? at.SeekToFirst() : at.SeekToLast(); }
  void advance() { direction == scan_direction::forward ? at.Next() : at.Prev(); }
  bool valid() const {
    if (at.Valid()) return true;
    if (!at.status().ok()) throw_store_error("scan", at.status());
    return false;
  }
  std::string_view key() const { return text(at.key()); }
  bool show(const state_store::visitor& visit) const { return visit(key(), text(at.value())); }
};

// Negative where the held key comes first on this way, 0 for the same key.
int order(std::string_view held, std::string_view stored, scan_direction direction) {
  return direction == scan_direction::forward ? held.compare(stored) : stored.compare(held);
}

// Returns false when the visitor has enough.
template <class Held>
bool merge(Held held, const Held& held_end, stored_way& stored, const state_store::visitor& visit) {
  for (; held != held_end; ++held) {
    int first = -1;
    while (stored.valid() && (first = order(held->first, stored.key(), stored.direction)) > 0) {
      if (!stored.show(visit)) return false;
      stored.advance();
    }
    if (!visit(held->first, held->second)) return false;
    if (stored.valid() && first == 0) stored.advance();
  }
  return true;
}

}  // namespace

void scan_both(const held_ptr& held, rocksdb::Iterator& stored, std::string_view lower,
               std::string_view upper, scan_direction direction,
               const state_store::visitor& visit) {
  stored_way way{stored, direction};
  way.begin();
  if (held) {
    const auto begin = held->lower_bound(lower), end = held->lower_bound(upper);
    using backward = std::reverse_iterator<held_entries::const_iterator>;
    const bool more = direction == scan_direction::forward
                          ? merge(begin, end, way, visit)
                          : merge(backward(end), backward(begin), way, visit);
    if (!more) return;
  }
  for (; way.valid(); way.advance()) {
    if (!way.show(visit)) return;
  }
}

}  // namespace roomlog
