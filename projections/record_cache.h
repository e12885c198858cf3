// Decoded records in front of a partition's store: what the fold and the views read and change
// again and again (rooms, members, gateways). Changed ones are written when the worker commits. One
// per kind of record; used under the partition's gate.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "projections/hash128.h"
#include "projections/state_store.h"

namespace roomlog {

// T has `void encode(std::string&) const` and `static T decode(std::string_view)`.
template <class T>
class record_cache {
 public:
  struct cached {
    T value;
    std::string_view key;
    bool dirty = false;
  };

  // Null when the store has none. Stays valid until trim().
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
    }
    dirty_.clear();
  }
  // Forgets everything when there are more than `records_max`. Only after stage().
  void trim(std::size_t records_max) {
    if (records_.size() <= records_max) return;
    records_.clear();
    last_ = nullptr;
  }

 private:
  struct text_hash {
    using is_transparent = void;
    // Not noexcept, so that the map keeps each record's hash.
    std::size_t operator()(std::string_view text) const { return hash64(text); }
  };
  cached& keep(std::string_view key, T value) {
    const auto [i, added] = records_.emplace(std::string(key), cached{std::move(value), {}, false});
    (void)added;  // it was not there: find() looked
    i->second.key = i->first;
    return i->second;
  }

  std::unordered_map<std::string, cached, text_hash, std::equal_to<>> records_;
  std::vector<cached*> dirty_;
  cached* last_ = nullptr;  // found last: the next question is often the same
};

}  // namespace roomlog
