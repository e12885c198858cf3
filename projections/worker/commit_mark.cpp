#include "projections/worker/commit_mark.h"

namespace roomlog {

void commit_mark::move(offset to) {
  {
    const std::lock_guard lock(mutex_);
    at_.store(to.value, std::memory_order_release);
  }
  moved_.notify_all();
}

void commit_mark::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  moved_.notify_all();
}

bool commit_mark::wait(offset wanted, std::chrono::milliseconds at_most,
                       const std::function<void()>& ask) {
  if (at() >= wanted) return true;
  ++awaited_;
  ask();
  std::unique_lock lock(mutex_);
  moved_.wait_for(lock, at_most, [&] { return at() >= wanted || ended_; });
  --awaited_;
  return at() >= wanted;
}

}  // namespace roomlog
