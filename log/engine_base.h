// What the engines of this folder have in common: the identity that they are opened with, and what
// they count.
#pragma once

#include <atomic>
#include <mutex>
#include <utility>

#include "log/log.h"
#include "log/log_stats.h"

namespace roomlog {

class engine_base : public log {
 public:
  // Once, before the log is given out.
  void set_identity(log_identity identity) { identity_ = std::move(identity); }

  const log_identity& identity() const final { return identity_; }
  log_stats stats() const final;

 protected:
  // From any thread.
  void count_refused_full() { refused_full_.fetch_add(1, std::memory_order_relaxed); }
  // `note(log_stats&)` adds what became durable, for one append or for many.
  template <class Note>
  void count_appended(Note note) {
    const std::lock_guard lock(mutex_);
    note(appended_);
  }

 private:
  // What only the engine itself knows: its reads, the tails' memory, its opening, its brokers.
  virtual void add_stats(log_stats& to) const = 0;

  log_identity identity_;
  mutable std::mutex mutex_;
  log_stats appended_;
  std::atomic<std::uint64_t> refused_full_{0};
};

}  // namespace roomlog
