// A task_runner of threads: of those that read for clients, and of those that check signatures.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "log/base/clock.h"
#include "pushers/task_queue.h"

namespace roomlog {

// Thread-safe. `clock` outlives it.
class task_threads final : public task_runner {
 public:
  // One user runs bounded tasks on half the threads at most.
  task_threads(unsigned threads, const clock_source& clock,
               std::size_t waiting_per_user_max = std::numeric_limits<std::size_t>::max());
  ~task_threads() override;  // stop()s

  bool post(task job) override;
  task_stats stats() const;
  // Drops what waits, finishes what runs; what is posted later is dropped. Idempotent.
  void stop();

 private:
  void work();

  const clock_source& clock_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  task_queue queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace roomlog
