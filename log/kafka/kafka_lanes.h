// Threads that wait for brokers, one for each that leads partitions: what is asked of a broker that
// is silent keeps nothing waiting that is asked of the others.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace roomlog {

// Thread-safe. A lane has no bound of its own: its user has one job of a kind and partition
// under way at most.
class kafka_lanes {
 public:
  using job = std::function<void()>;

  // The name of every thread, at most 15 characters.
  explicit kafka_lanes(std::string name) : name_(std::move(name)) {}
  ~kafka_lanes() { stop(); }

  // Runs on the thread of this leader (below 0: unknown), behind what that was given
  // before. False, and the job is dropped: after begin_stop(), or the system gives no thread.
  bool post(std::int32_t leader, job work);
  bool is_stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }
  // What has not begun is dropped. Does not wait; idempotent.
  void begin_stop();
  // The same, and no job runs any more. Not from within a job; idempotent.
  void stop();

 private:
  struct lane {
    std::deque<job> jobs;
    std::condition_variable filled;
    std::thread thread;
  };
  lane* lane_of(std::int32_t leader);  // with mutex_
  void run(lane& mine);

  const std::string name_;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::map<std::int32_t, std::unique_ptr<lane>> lanes_;  // a thread begins with its first job
};

}  // namespace roomlog
