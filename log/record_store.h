// What the engines of this process differ in: where a local_log keeps its records.
#pragma once

#include <memory>
#include <span>

#include "log/append_queue.h"
#include "log/base/result.h"
#include "log/log_stats.h"
#include "log/record.h"

namespace roomlog {

// write() and note_ends() are called by one thread at a time, the others
// from any.
class record_store {
 public:
  virtual ~record_store() = default;
  // Durable when it returns without an error. With one, what is stored is unknown, and no other
  // write follows.
  virtual result<> write(std::span<const pending_append> group) = 0;
  // The group is durable and nobody has seen it yet; `ends` has one entry per partition.
  virtual result<> note_ends(std::span<const offset> ends) = 0;
  // The first offset that is still there.
  virtual offset start(partition_id partition) const = 0;
  // For what the tail no longer has; from < end. At least one record, or errc::damaged, errc::io.
  virtual result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from,
                                                           offset end, std::size_t bytes_max) = 0;
  // Removes what is below `below`, which is above start() and not above the end; start() says so
  // then. errc::unsupported, errc::io.
  virtual result<> trim(partition_id partition, offset below) = 0;
  // errc::io where the storage is not where it was opened any more; nothing written would be found.
  virtual result<> check_place() const { return {}; }
  // What it knows of its opening.
  virtual void add_stats(log_stats& to) const = 0;
};

}  // namespace roomlog
