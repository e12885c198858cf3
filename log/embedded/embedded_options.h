// How the embedded log works.
#pragma once

#include <cstddef>

namespace rocksdb {
class Env;
}

namespace roomlog {

struct embedded_log_options {
  // Appends beyond this are refused with errc::full; at most 1 GiB.
  std::size_t append_queue_bytes_max = std::size_t{64} << 20;
  // One synced write takes at most this much (but one append at least): long enough that a sync is
  // worth it, short enough that no append waits long for it.
  std::size_t group_bytes_max = std::size_t{1} << 20;
  // Recent records that stay in memory for readers, per partition.
  std::size_t tail_bytes_per_partition = std::size_t{4} << 20;
  // RocksDB's memtable, and so about the length of a write-ahead log that a start has to read back.
  std::size_t write_buffer_bytes = std::size_t{64} << 20;
  // Table files that are kept open.
  std::size_t files_max = 512;
  // Stands for the disk in tests. Outlives the log; the system's when null.
  rocksdb::Env* env = nullptr;
};

}  // namespace roomlog
