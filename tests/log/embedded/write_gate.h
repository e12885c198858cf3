// Stands in the way of an engine's durable writes: lets them pass, holds them, or fails them.
#pragma once

#include <condition_variable>
#include <mutex>

#include "tests/log/log_helpers.h"

namespace roomlog::testing {

// Thread-safe. Open at first.
class write_gate {
 public:
  // Called for each write before it is durable; returns once the gate is open. True if it may
  // succeed.
  bool pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_; });
    --waiting_;
    return !failing_;
  }

  void hold() { set(held_, true); }
  void release() { set(held_, false); }
  void fail_from_now_on() { set(failing_, true); }
  void heal() { set(failing_, false); }

  // Waits until a write stands before the held gate.
  bool wait_until_held() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, deadline, [&] { return held_ && waiting_ > 0; });
  }

 private:
  void set(bool& what, bool to) {
    const std::lock_guard lock(mutex_);
    what = to;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool failing_ = false;
  int waiting_ = 0;
};

}  // namespace roomlog::testing
