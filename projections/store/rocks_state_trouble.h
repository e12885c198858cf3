// Which failures of RocksDB may pass by themselves, and how the state's database behaves after one.
#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/status.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string_view>

namespace roomlog {

// True where the system had nothing to give (no space, no descriptor, no memory): what is stored is
// whole, and the same call may succeed later. A checksum, a device error, a missing file: false.
bool may_pass(const rocksdb::Status& status);

// "the state store cannot read: …", as the store_error that says whether it may pass.
[[noreturn]] void throw_store_error(std::string_view doing, const rocksdb::Status& status);

// Keeps every failure that may pass within what DB::Resume() heals, and leaves it to the owner when
// that is called. RocksDB itself ends a database for good where a write fails for want of a
// descriptor, and resumes by itself, at a time of its own, where space came back. Called on threads
// of RocksDB.
class state_listener final : public rocksdb::EventListener {
 public:
  // Whether a failure that may pass was met, also in the background, where it stops compactions but
  // no write. Until the next healing.
  bool noted() const { return noted_.load(std::memory_order_relaxed); }

  // While one is there, what fails follows from a failure that may pass.
  class healing {
   public:
    explicit healing(state_listener& of) : of_(of) {
      of_.noted_ = false;
      of_.healing_ = true;
    }
    ~healing() { of_.healing_ = false; }
    healing(const healing&) = delete;
    healing& operator=(const healing&) = delete;

   private:
    state_listener& of_;
  };

  // Before the first write.
  void watch(rocksdb::DB& db) { db_ = &db; }

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* met) override;
  void OnFlushBegin(rocksdb::DB* db, const rocksdb::FlushJobInfo& what) override;
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status met,
                            bool* automatic) override;

 private:
  void let_flush_begin();

  std::atomic<bool> noted_{false}, healing_{false};
  std::atomic<rocksdb::DB*> db_{nullptr};
  std::mutex mutex_;  // of the waiting for a flush
  std::condition_variable flush_began_;
};

}  // namespace roomlog
