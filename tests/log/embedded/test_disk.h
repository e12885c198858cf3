// A disk whose failures are chosen: a RocksDB file system over real files that knows what was
// synced.
//
//   kill()        from now on nothing reaches the files, as after kill -9; what was written stays
//   power_cut()   every file goes back to what was synced; names that were never synced are gone
//   revive()      the next process may write again
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tests/log/embedded/write_gate.h"

namespace roomlog::testing {

class test_disk {
 public:
  test_disk();
  ~test_disk();

  // For embedded_log_options; as long as this object lives.
  rocksdb::Env* env() const { return env_.get(); }

  // Stands before every sync of a write-ahead log.
  write_gate& wal_syncs();
  // Writes to a write-ahead log fail from now on; nothing of them reaches the file.
  void fail_wal_writes();

  void kill();
  void revive();
  // While killed.
  void power_cut();

 private:
  class file_system;
  class file;
  class directory;
  std::shared_ptr<file_system> files_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace roomlog::testing
