// A task_runner that a test or a simulation runs by hand, in the order of the real one with one
// thread.
#pragma once

#include <utility>

#include "log/base/clock.h"
#include "pushers/task_queue.h"

namespace roomlog {

// One thread. `clock` outlives it.
class manual_tasks final : public task_runner {
 public:
  explicit manual_tasks(const clock_source& clock, const task_limits& limits = {})
      : clock_(clock), queue_(limits) {}

  bool post(task job) override { return queue_.add(std::move(job)); }
  // Runs the next task, or drops it where it is over. False: nothing waits.
  bool run_one() {
    if (!queue_.ready()) return false;
    auto [job, over] = queue_.take(clock_.steady());
    if (!over) job.run();
    queue_.done(job);
    return true;
  }
  // Also what is posted meanwhile.
  void run_all() {
    while (run_one()) {
    }
  }
  task_stats stats() const { return queue_.stats(); }

 private:
  const clock_source& clock_;
  task_queue queue_;
};

}  // namespace roomlog
