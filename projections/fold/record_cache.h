// Decoded records in front of a partition's store: what the fold and the views read and change
// again and again (rooms, members, gateways). Changed ones are written when the worker commits. One
// per kind of record; used under the partition's gate.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "projections/fold/hash128.h"
#include "projections/store/state_store.h"

namespace roomlog {

// What a text takes beside itself: nothing while it is short, else one allocation.
inline std::size_t heap_bytes_of(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 16 : 0;
}

// T has `void encode(std::string&) const` and `static T decode(std::string_view)`, and where it
// owns memory `std::size_t heap_bytes() const`.
template <class T>
class record_cache {
 public:
  struct cached {
    T value;
    std::string_view key;
    bool dirty = false;
    std::uint32_t heap_bytes = 0;  // of the value, as counted last
  };

  // Null when the store has none. Stays valid until forget().
  cached* find(partition_store& store, std::string_view key) {
    if (last_ && last_->key == key) return last_;
    if (const auto i = records_.find(key); i != records_.end()) return last_ = &i->second;
    const auto stored = store.get(key);
    if (!stored) return nullptr;
    return &keep(key, T::decode(*stored));
  }
  cached& find_or_add(partition_store& store, std::string_view key) {
    if (cached* found = find(store, key)) return *found;
    return keep(key, T{});
  }
  // To be called for every record that was changed, or it is not written.
  void touch(cached& record) {
    if (record.dirty) return;
    record.dirty = true;
    dirty_.push_back(&record);
  }
  // Puts what was changed into the store.
  void stage(partition_store& store) {
    std::string value;
    for (cached* record : dirty_) {
      value.clear();
      record->value.encode(value);
      store.put(record->key, value);
      record->dirty = false;
      count_heap(*record);
    }
    dirty_.clear();
  }
  // What the records take in memory, about: with their keys, the nodes that hold them and what the
  // allocator adds.
  std::size_t bytes() const { return bytes_ + records_.bucket_count() * sizeof(void*); }
  // Forgets everything and gives it back, so that it can be freed where nobody waits. Nothing is
  // forgotten, and nothing given back, where something was changed and is not staged.
  std::shared_ptr<void> forget() {
    if (!dirty_.empty()) return nullptr;
    auto old = std::make_shared<record_map>(std::move(records_));
    records_ = record_map();
    bytes_ = 0;
    last_ = nullptr;
    return old;
  }

 private:
  struct text_hash {
    using is_transparent = void;
    // Not noexcept, so that the map keeps each record's hash.
    std::size_t operator()(std::string_view text) const { return hash64(text); }
  };
  using record_map = std::unordered_map<std::string, cached, text_hash, std::equal_to<>>;

  static constexpr std::size_t allocation = 16;  // what the allocator adds to one, about
  static constexpr std::size_t node_bytes =
      sizeof(typename record_map::value_type) + sizeof(void*) + sizeof(std::size_t) + allocation;

  cached& keep(std::string_view key, T value) {
    const auto [i, added] =
        records_.emplace(std::string(key), cached{std::move(value), {}, false, 0});
    (void)added;  // it was not there: find() looked
    i->second.key = i->first;
    bytes_ += node_bytes + heap_bytes_of(i->first);
    count_heap(i->second);
    return i->second;
  }
  void count_heap(cached& record) {
    if constexpr (requires { record.value.heap_bytes(); }) {
      const auto now = static_cast<std::uint32_t>(record.value.heap_bytes());
      bytes_ = bytes_ + now - record.heap_bytes;
      record.heap_bytes = now;
    }
  }

  record_map records_;
  std::vector<cached*> dirty_;
  cached* last_ = nullptr;  // found last: the next question is often the same
  std::size_t bytes_ = 0;   // without the buckets
};

}  // namespace roomlog
