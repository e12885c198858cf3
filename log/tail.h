// The recent records of one partition, kept in memory and shared by every reader.
//
//        begin()                       end()
//          | [r3 r4] [r5] [r6 r7 r8]     |      batches, shared by pointer
//          3                             9
//
// The oldest batches leave when the bytes pass the bound; who needs them reads the storage. What a
// trim removes leaves at once.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "log/record.h"

namespace roomlog {

// Thread-safe; one thread pushes. Batches that readers hold outlive their place in the tail.
class tail {
 public:
  // Empty, at `next`. The last batch stays even where it alone is larger than `bytes_max`.
  tail(offset next, std::size_t bytes_max);

  // Goes on at `next`; only before the first push().
  void begin_at(offset next) { end_.store(next.value, std::memory_order_release); }

  // Not empty, and begins at end(). Its records can be read before push() returns, and end() is
  // never below a record that was read.
  void push(std::shared_ptr<const record_batch> batch);

  // Records below `below`, or below end() if that is less, are here no more. From any thread.
  void trim(offset below);

  // The first offset that is still here; end() if there is none.
  offset begin() const;
  // The next offset to be pushed: the visible end of the partition.
  offset end() const { return offset{end_.load(std::memory_order_acquire)}; }
  // Memory held by the batches here.
  std::size_t bytes() const;
  // That of the newest record; not set while empty.
  timestamp last_append_time() const;

  // Records from `from` on, about `bytes_max` bytes at most but one record at least. A batch that
  // begins at `from` and fits is shared as it is; runs of small ones are copied into one, so that a
  // reader that is behind is not fed record by record. Null where `from` is below begin(), nothing
  // if it is at end() or above.
  std::shared_ptr<const record_batch> read(partition_id partition, offset from,
                                           std::size_t bytes_max) const;

 private:
  offset begin_locked() const;
  using batch_ptr = std::shared_ptr<const record_batch>;
  // The batch that holds `from`, alone if it is to be shared, with its successors otherwise.
  std::vector<batch_ptr> collect(offset from, std::size_t bytes_max) const;

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::deque<batch_ptr> batches_;
  std::size_t bytes_ = 0;
  offset trimmed_{};  // records below are not given out, though the first batch may hold some
  std::atomic<std::uint64_t> end_;
};

}  // namespace roomlog
