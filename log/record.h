// Records as readers see them. A batch owns one block of memory; its records are views into it, so
// a batch that is shared by pointer is all that fan-out, fold and views ever copy.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "log/base/types.h"

namespace roomlog {

using byte_view = std::span<const std::byte>;

inline byte_view as_byte_view(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(byte_view bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Borrowed: valid as long as the batch that it came from. `value` starts at an address that is a
// multiple of 16, so that FlatBuffers can be read in place.
struct record_view {
  offset at;
  timestamp append_time;
  std::string_view key;
  byte_view value;
};

// Consecutive records of one partition in offset order (offsets may have holes on Kafka).
// Immutable once built; share it as std::shared_ptr<const record_batch>.
class record_batch {
 public:
  partition_id partition() const { return partition_; }
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  record_view operator[](std::size_t i) const;
  // The offset to read from after this batch.
  offset next_offset() const { return next_offset_; }
  // Bytes of memory held, for bounds.
  std::size_t bytes() const {
    return block_.capacity() * sizeof(block_[0]) + entries_.capacity() * sizeof(entry);
  }

 private:
  friend class record_batch_builder;
  struct entry {
    offset at;
    timestamp append_time;
    std::uint32_t key_begin, key_size, value_begin, value_size;
  };
  struct alignas(16) block_unit {
    std::byte bytes[16];
  };

  partition_id partition_;
  offset next_offset_;
  std::vector<entry> entries_;
  std::vector<block_unit> block_;
};

// Collects records into a batch. One thread.
class record_batch_builder {
 public:
  // `next` is the position that an empty batch reports: where the read began.
  record_batch_builder(partition_id partition, offset next);
  void reserve(std::size_t records, std::size_t bytes);
  // Offsets must grow. Copies key and value.
  void add(offset at, timestamp append_time, std::string_view key, byte_view value);
  std::size_t size() const { return batch_->entries_.size(); }
  std::size_t bytes() const { return used_; }
  std::shared_ptr<const record_batch> finish();

 private:
  std::size_t put(byte_view bytes);
  std::shared_ptr<record_batch> batch_;
  std::size_t used_ = 0;
};

}  // namespace roomlog
