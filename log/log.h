// The log: P partitions of bytes, each in append order. It knows nothing of chat. Three engines
// stand behind this interface (memory, embedded on RocksDB, Kafka) and one contract suite runs on
// all of them (tests/log/contract.h).
//
//   start                      end            (both are "next" positions)
//     |  r5  r6  r7  r8  r9     |
//     5                        10
//
// read(p, 7) gives r7 r8 r9; read(p, 10) gives an empty batch.
//
// What is visible is durable: a record is never read, counted in `end` or reported as appended
// before it would survive a power cut, also not after a restart.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "log/base/types.h"
#include "log/identity.h"
#include "log/record.h"

namespace roomlog {

// One record to be appended. The engine gives offset and append time.
struct append_entry {
  std::string key;
  std::string value;
  // W3C trace context of whoever appends it; empty: none. Goes to a header of that name where the
  // storage's records have headers (Kafka), and nowhere else; it is not read back.
  std::string traceparent{};
};

// What became of one append() call: the offset of its first record (the others follow it in order,
// not always without a hole), or errc::unknown_outcome, or errc::unavailable where the records
// never reached the storage.
using append_result = result<offset>;
// Called exactly once per accepted append() call, on a thread of the engine; must not block.
using append_handler = std::function<void(append_result)>;

struct log_bounds {
  offset start;  // the first offset that is still there
  offset end;    // the next offset to be written, as visible to readers
};

// Bytes that wait to be appended, for admission control.
struct append_load {
  // What an append to one partition waits behind: the bytes of that partition where partitions are
  // written apart from each other, all where one writer writes all.
  std::size_t partition_bytes = 0;
  std::size_t bytes = 0;      // of all partitions
  std::size_t bytes_max = 0;  // append_queue_bytes_max
};

struct log_stats;

// Stops the notifications when destroyed; after that no call runs or will run.
// Must not be destroyed from within its own notification.
class follow_handle {
 public:
  virtual ~follow_handle() = default;
};

// All functions may be called from any thread. The owner calls close() and then destroys it, after
// everyone who reads, trims or follows has stopped. A log that changes what another one does derives
// from log_wrapper (log/log_wrapper.h).
class log {
 public:
  virtual ~log() = default;

  virtual std::uint32_t partitions() const = 0;
  // The life of this log; fixed while it is open.
  virtual const log_identity& identity() const = 0;

  // Hands records over, in order; two calls for one partition from one thread (or under one lock)
  // are appended in that order. Returns at once. Refused without a trace, and `done` is never
  // called:
  //   errc::full         the bytes that wait would pass append_queue_bytes_max
  //   errc::unavailable  an earlier write failed; this process appends no more
  //   errc::closed       close() was called
  //   errc::invalid      no records, or no such partition
  virtual result<> append(partition_id partition, std::vector<append_entry> entries,
                          append_handler done) = 0;

  // Reads from `from` on, at most about `bytes_max` bytes but at least one record if there is one;
  // an empty batch at the end. Blocks on storage only where the shared tail does not reach back.
  //   errc::out_of_range  from < start or from > end
  //   errc::damaged       the storage's checksum fails or an offset is missing; says where
  virtual result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from,
                                                           std::size_t bytes_max) = 0;

  // As read(), for a thread that looks after other partitions, too: where the storage would have to
  // be waited for the batch is null, and followers are told when the same call has its answer. One
  // position of a partition at a time.
  virtual result<std::shared_ptr<const record_batch>> read_without_waiting(
      partition_id partition, offset from, std::size_t bytes_max) = 0;

  virtual log_bounds bounds(partition_id partition) const = 0;

  // Removes the records below `below`, for good.
  //
  //   start       below         end
  //     |  removed  |  r7 r8 r9  |        afterwards, and after a restart: start >= below
  //
  // Waits for the storage. When it returns without an error, bounds() show the new start and a read
  // below it is out_of_range; batches that were read before stay whole. Nothing happens where
  // `below` is the start or less. Appends, followers and other partitions are not affected. A log of
  // which every partition begins behind its descriptor cannot be opened again: leave one of them.
  //   errc::out_of_range  below > end; nothing is removed
  //   errc::unsupported   this engine cannot trim; nothing is removed
  //   errc::invalid       no such partition
  //   errc::closed, errc::unavailable  as append() says
  //   errc::timeout       the storage does not answer; it may still be removed, and to ask again is
  //                       harmless
  //   errc::io            the storage refuses; says why
  virtual result<> trim(partition_id partition, offset below) = 0;

  // False for a partition that nobody could be asked about when the log was opened (on Kafka: no
  // leader). It opens by itself, with all that a start looks at, and its followers are told. Until
  // then its bounds are 0, reads end with errc::timeout, and nothing may be appended to it.
  virtual bool is_open(partition_id partition) const = 0;

  // True where every append goes through this process: then bounds().end is the log's end at this
  // moment. False where others append too: the log may be longer by what was not fetched yet.
  virtual bool sole_writer() const = 0;

  // The log's end as it is at some moment after the call; asks the storage where others append too.
  // `done` is called once, before the call returns or on a thread of the engine; must not block.
  //   errc::unavailable  the storage does not answer
  virtual void find_end(partition_id partition, std::function<void(result<offset>)> done) = 0;

  // Calls `on_end` on a thread of the engine after `end` of the partition has moved (not once per
  // record: one call may stand for many) and once after close or failure. Must not block.
  virtual std::unique_ptr<follow_handle> follow(partition_id partition,
                                                std::function<void()> on_end) = 0;

  virtual append_load load(partition_id partition) const = 0;
  // What it has counted since it was opened; see log/log_stats.h.
  virtual log_stats stats() const = 0;

  // Empty while healthy; else why appends have stopped for good.
  virtual std::string failure() const = 0;

  // Appends what waits, answers it, then refuses everything but reads. Idempotent.
  virtual void close() = 0;
};

}  // namespace roomlog
