// Up to where the store has what one partition decided, and the history reads that wait for that.
// Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "log/base/types.h"

namespace roomlog {

class commit_mark {
 public:
  explicit commit_mark(offset at) : at_(at.value) {}

  offset at() const { return offset{at_.load(std::memory_order_acquire)}; }
  // Set while somebody waits: the next commit should come soon.
  bool awaited() const { return awaited_.load(std::memory_order_relaxed) > 0; }
  void move(offset to);
  // No commit will follow: ends all waits.
  void end();
  // False when the time is up or no commit will follow. Calls `ask` once somebody waits.
  bool wait(offset wanted, std::chrono::milliseconds at_most, const std::function<void()>& ask);

 private:
  std::atomic<std::uint64_t> at_;
  std::atomic<int> awaited_{0};
  std::mutex mutex_;
  std::condition_variable moved_;
  bool ended_ = false;
};

}  // namespace roomlog
