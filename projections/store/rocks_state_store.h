// The state store on RocksDB: one database, one column family, keys apart by prefix. Puts wait in a
// table in memory until the commit writes them as one WriteBatch. The write-ahead log is not
// synced: everything here can be folded again from the log, and a crash leaves the state of an
// earlier commit.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "projections/store/state_store.h"

namespace rocksdb {
class Env;
}

namespace roomlog {

struct rocks_state_store_options {
  std::uint32_t partitions = 0;
  std::string epoch;  // of the log that is folded
  std::size_t cache_bytes = 256 << 20;
  // Stands for the disk in tests. Outlives the store; the system's when null.
  rocksdb::Env* env = nullptr;
  std::size_t files_max = 512;  // tables that are kept open
};

// Opens or makes the database in `dir`. errc::in_use; errc::mismatch for another epoch, number of
// partitions or format; errc::io.
result<std::unique_ptr<state_store>> open_rocks_state_store(
    const std::filesystem::path& dir, const rocks_state_store_options& options);

}  // namespace roomlog
