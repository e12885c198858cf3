// A disk for the state store that refuses on demand: no space, no descriptors, no memory, an error
// of the device. What it does not refuse goes to the real file system.
#pragma once

#include <rocksdb/env.h>

#include <atomic>
#include <memory>

namespace roomlog::testing {

class failing_disk {
 public:
  failing_disk();
  ~failing_disk();

  rocksdb::Env* env() { return env_.get(); }

  // Appends to any file fail with ENOSPC, and no space is free.
  void fill();
  // The same, but what was appended to a write-ahead log is there all the same.
  void fill_after_writing();
  // The same from the moment in which the next write-ahead log is begun; flushes that are due begin
  // once an append was refused.
  void fill_with_next_log();
  // Waits until the flushes that are due now have come to an end, or were refused.
  void wait_for_flushes();
  void free_space();
  // No file can be opened.
  void take_descriptors();
  void give_descriptors();
  // Appends fail with EIO.
  void break_writes();
  // The table reads after the next `more` fail with this error number, until mend_reads().
  void fail_reads(int more, int error_number);
  void mend_reads();
  // Table reads since the last call of fail_reads or mend_reads.
  int reads() const;

 private:
  class file_system;
  class writable;
  class readable;
  std::shared_ptr<file_system> files_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace roomlog::testing
