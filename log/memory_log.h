// The log in memory: the reference that the other engines are held against, the log of the
// simulation, and of benchmarks that leave the disk out. It keeps everything, so it is bounded by
// memory only, unless told to retain less.
#pragma once

#include <functional>
#include <memory>

#include "log/base/clock.h"
#include "log/identity.h"
#include "log/log.h"

namespace roomlog {

// What survives a restart of a memory log: give the same storage to the next one.
class memory_log_storage;
std::shared_ptr<memory_log_storage> make_memory_log_storage();

struct memory_log_options {
  // An empty new_epoch is taken as "0".
  identity_request wanted;
  // Writes the descriptors at the heads of the partitions; none are written without it. Outlives
  // the log.
  const identity_codec* codec = nullptr;
  // Outlives the log; the system's clock when null.
  const clock_source* clock = nullptr;
  std::size_t append_queue_bytes_max = std::size_t{64} << 20;
  std::size_t group_bytes_max = std::size_t{1} << 20;
  // Above this a partition's oldest batches go away and its start moves; the default keeps
  // everything.
  std::size_t retain_bytes_per_partition = static_cast<std::size_t>(-1);
  // A new one when null.
  std::shared_ptr<memory_log_storage> storage;

  // `thread`: one writer thread. `by_hand`: nothing is appended until append_one_group(), on the
  // caller's thread, which then calls handlers and followers too.
  enum class writer { thread, by_hand };
  writer writes = writer::thread;
  // Stands for the disk: called with each group's number of records before the group is visible.
  // May block; an error stops appends for good, as a failed write does.
  std::function<result<>(std::size_t records)> on_write;
};

// errc::mismatch where the storage was made with another number of partitions.
result<std::unique_ptr<log>> open_memory_log(const memory_log_options& options);

// For a memory log whose writer is by_hand. False if nothing waits.
bool append_one_group(log& memory_log);

}  // namespace roomlog
