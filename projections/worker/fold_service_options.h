// What a fold service is told when it is made.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "log/base/types.h"
#include "projections/views/view_registry.h"

namespace rocksdb {
class Env;
}

namespace roomlog {

struct fold_service_options {
  std::vector<view_entry> views = all_views();  // without that of history it is read from the log
  std::vector<partition_id> partitions;         // those that are folded here; all where empty
  std::size_t threads = 1;           // fold threads; partition p runs on thread p % threads
  std::size_t read_bytes = 1 << 20;  // one read of the log, one decided batch at most
  // Half of it for decoded records, of all partitions together, half for the store's block cache.
  std::size_t cache_bytes = 256 << 20;
  std::size_t files_max = 512;  // of the state store, that are kept open
  // How long a query waits for a view, and a question for the fold to come to the log's end.
  std::chrono::milliseconds wait_max{5000};
  // Stands for the disk of the state in tests. Outlives the service; the system's when null.
  rocksdb::Env* state_env = nullptr;
};

}  // namespace roomlog
