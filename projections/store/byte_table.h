// A hash table of byte keys and byte values for millions of small entries: entries lie one after
// the other in an arena, so that an insert is one cache miss and no allocation.
//
//   shard s: [slot][slot][slot]…        slot = hash bits, generation, pointer into the arena
//   arena:   |header|key|value||header|key|value|…
//
// Owned by one store; not thread-safe. Entries are never removed one by one; clear() empties the
// table in constant time and keeps its memory for the next use. `shards` divides the cost of
// growing: a table of many entries grows one shard at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace roomlog {

class byte_table {
 public:
  explicit byte_table(std::size_t shards = 1);  // a power of two, at most 4096

  // Valid until the key is put again or the table is cleared.
  std::optional<std::string_view> find(std::string_view key) const;
  // Returns the table's own copy of the key when it is new, an empty view when it was there.
  // Keys are shorter than 64 KiB, values than 4 GiB.
  std::string_view put(std::string_view key, std::string_view value);
  // Starts loading what find() of this key will touch.
  void prefetch(std::string_view key) const;

  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_; }
  void clear();

  // Calls visit(key, value) for every entry, in the order in which keys were put.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const block& b : blocks_) {
      for (std::size_t at = 0; at < b.used;) {
        const entry e = entry_at(b.bytes.get() + at);
        if (e.live) visit(e.key, e.value);
        at += stored_size(e.key.size(), e.value.size());
      }
    }
  }

 private:
  struct slot {
    std::uint32_t hash;
    std::uint32_t generation;
    char* at;
  };
  struct free_memory {
    void operator()(slot* slots) const;
  };
  // Zeroed slots, a power of two of them. Large ones ask for huge pages: a lookup goes to a random
  // one, and would otherwise wait for the page table as often as for the slot.
  struct slot_array {
    std::unique_ptr<slot[], free_memory> slots;
    std::size_t count = 0;
  };
  struct shard {
    slot_array slots;
    std::size_t used = 0;
  };
  struct block {
    std::unique_ptr<char[]> bytes;
    std::size_t size, used;
  };
  struct header {
    std::uint32_t value_size;
    std::uint16_t key_size;
    std::uint16_t live;
  };
  struct entry {
    std::string_view key, value;
    bool live;
  };

  static std::size_t stored_size(std::size_t key_size, std::size_t value_size) {
    return sizeof(header) + key_size + value_size;
  }
  static entry entry_at(const char* at) {
    header h;
    std::memcpy(&h, at, sizeof h);
    const char* key = at + sizeof h;
    return {{key, h.key_size}, {key + h.key_size, h.value_size}, h.live != 0};
  }
  shard& shard_of(std::uint64_t hash) { return shards_[hash >> 52 & (shards_.size() - 1)]; }
  const shard& shard_of(std::uint64_t hash) const {
    return shards_[hash >> 52 & (shards_.size() - 1)];
  }
  std::size_t find_slot(const shard& s, std::uint32_t hash, std::string_view key) const;
  char* store(std::string_view key, std::string_view value);
  static slot_array make_slots(std::size_t count);
  void grow(shard& s);

  std::vector<shard> shards_;
  std::vector<block> blocks_;
  std::uint32_t generation_ = 1;
  std::size_t size_ = 0, bytes_ = 0;
};

}  // namespace roomlog
