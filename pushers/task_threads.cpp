#include "pushers/task_threads.h"

#include <algorithm>
#include <utility>

namespace roomlog {

task_threads::task_threads(unsigned threads, const clock_source& clock,
                           std::size_t waiting_per_user_max)
    : clock_(clock), queue_({waiting_per_user_max, std::max<std::size_t>(1, threads / 2)}) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

task_threads::~task_threads() {
  stop();
}

bool task_threads::post(task job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return true;
    if (!queue_.add(std::move(job))) return false;
  }
  wake_.notify_one();
  return true;
}

task_stats task_threads::stats() const {
  const std::lock_guard lock(mutex_);
  return queue_.stats();
}

void task_threads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    queue_.clear();
  }
  wake_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

void task_threads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopped_ || queue_.ready(); });
    if (stopped_) return;
    auto [job, over] = queue_.take(clock_.steady());
    lock.unlock();
    if (!over) job.run();
    job.run = nullptr;  // let go of without the lock
    lock.lock();
    queue_.done(job);
  }
}

}  // namespace roomlog
