#include "projections/store/byte_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <utility>

namespace roomlog {
namespace {

constexpr std::size_t block_bytes = 1 << 20;
constexpr std::size_t slots_first = 64;
constexpr std::size_t huge_page_bytes = 2 << 20;

std::uint64_t hash_of(std::string_view key) {
  return XXH3_64bits(key.data(), key.size());
}

}  // namespace

byte_table::byte_table(std::size_t shards) : shards_(shards) {
  for (shard& s : shards_) s.slots = make_slots(slots_first);
}

// The slot that holds the key, or the empty one where it would go.
std::size_t byte_table::find_slot(const shard& s, std::uint32_t hash, std::string_view key) const {
  const std::size_t mask = s.slots.count - 1;
  std::size_t i = hash & mask;
  for (;; i = (i + 1) & mask) {
    const slot& candidate = s.slots.slots[i];
    if (candidate.generation != generation_) return i;
    if (candidate.hash == hash && entry_at(candidate.at).key == key) return i;
  }
}

std::optional<std::string_view> byte_table::find(std::string_view key) const {
  const std::uint64_t hash = hash_of(key);
  const shard& s = shard_of(hash);
  const slot& found = s.slots.slots[find_slot(s, static_cast<std::uint32_t>(hash), key)];
  if (found.generation != generation_) return std::nullopt;
  return entry_at(found.at).value;
}

void byte_table::prefetch(std::string_view key) const {
  const std::uint64_t hash = hash_of(key);
  const shard& s = shard_of(hash);
  __builtin_prefetch(&s.slots.slots[static_cast<std::uint32_t>(hash) & (s.slots.count - 1)]);
}

std::string_view byte_table::put(std::string_view key, std::string_view value) {
  const std::uint64_t hash = hash_of(key);
  shard& s = shard_of(hash);
  const auto short_hash = static_cast<std::uint32_t>(hash);
  slot& place = s.slots.slots[find_slot(s, short_hash, key)];
  if (place.generation == generation_) {
    const entry old = entry_at(place.at);
    if (old.value.size() == value.size()) {
      value.copy(place.at + sizeof(header) + key.size(), value.size());
      return {};
    }
    const std::uint16_t dead = 0;
    std::memcpy(place.at + offsetof(header, live), &dead, sizeof dead);
    place.at = store(key, value);
    return {};
  }
  place = {short_hash, generation_, store(key, value)};
  const std::string_view own = entry_at(place.at).key;
  ++size_;
  if (++s.used * 8 > s.slots.count * 5) grow(s);
  return own;
}

char* byte_table::store(std::string_view key, std::string_view value) {
  const std::size_t need = stored_size(key.size(), value.size());
  if (blocks_.empty() || blocks_.back().size - blocks_.back().used < need) {
    const std::size_t size = std::max(need, block_bytes);
    blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size, 0});
  }
  block& b = blocks_.back();
  char* at = b.bytes.get() + b.used;
  const header h{static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(key.size()),
                 1};
  std::memcpy(at, &h, sizeof h);
  key.copy(at + sizeof h, key.size());
  value.copy(at + sizeof h + key.size(), value.size());
  b.used += need;
  bytes_ += need;
  return at;
}

void byte_table::free_memory::operator()(slot* slots) const {
  std::free(slots);
}

byte_table::slot_array byte_table::make_slots(std::size_t count) {
  const std::size_t size = count * sizeof(slot);
  const bool large = size >= huge_page_bytes;
  void* memory = std::aligned_alloc(large ? huge_page_bytes : alignof(slot), size);
  if (!memory) throw std::bad_alloc();
  if (large) (void)madvise(memory, size, MADV_HUGEPAGE);  // a wish: works without
  std::memset(memory, 0, size);
  slot_array made;
  made.slots.reset(static_cast<slot*>(memory));
  made.count = count;
  return made;
}

void byte_table::grow(shard& s) {
  const slot_array old = std::exchange(s.slots, make_slots(s.slots.count * 2));
  const std::size_t mask = s.slots.count - 1;
  for (std::size_t from = 0; from < old.count; ++from) {
    const slot& moved = old.slots[from];
    if (moved.generation != generation_) continue;
    std::size_t i = moved.hash & mask;
    while (s.slots.slots[i].generation == generation_) i = (i + 1) & mask;
    s.slots.slots[i] = moved;
  }
}

void byte_table::clear() {
  if (blocks_.size() > 1) blocks_.erase(blocks_.begin() + 1, blocks_.end());
  for (block& b : blocks_) b.used = 0;
  for (shard& s : shards_) s.used = 0;
  size_ = bytes_ = 0;
  if (generation_ == std::numeric_limits<std::uint32_t>::max()) {
    for (shard& s : shards_) s.slots = make_slots(s.slots.count);
    generation_ = 0;
  }
  ++generation_;
}

}  // namespace roomlog
