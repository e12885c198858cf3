// The lock of one partition's state. The fold takes it for a few dozen records at a time, readers
// for one question. A plain mutex would let a busy fold take it again before a waiting reader wakes
// up; here the fold steps aside while somebody waits.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

namespace roomlog {

class partition_gate {
 public:
  // For the fold's thread: lets waiting readers in first.
  std::unique_lock<std::mutex> enter_as_fold() {
    for (int i = 0; i < spins_max && waiting_.load(std::memory_order_relaxed) > 0; ++i) {
      std::this_thread::yield();
    }
    return std::unique_lock(mutex_);
  }
  std::unique_lock<std::mutex> enter_shared() {
    waiting_.fetch_add(1, std::memory_order_relaxed);
    std::unique_lock lock(mutex_);
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    return lock;
  }

 private:
  static constexpr int spins_max = 64;
  std::mutex mutex_;
  std::atomic<int> waiting_{0};
};

}  // namespace roomlog
