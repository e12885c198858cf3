// Work that may block, done off the event loops: reads of views and of the fold's state, checks of
// signatures. The caller says what is to be done; what comes of it, the work itself posts back to
// the loop that asked.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace roomlog {

// How many tasks a user may have.
enum class task_bound {
  none,  // whoever posts them has a bound of its own, as a connection that has one open at most
  user,  // so many waiting, and so many running, of each user
};

struct task {
  task_bound bound = task_bound::user;
  std::string user;  // whose turn it takes: "tenant/user"
  std::function<void()> run;
  // Steady time after which it is not begun any more: whoever asked has told their client by then.
  std::chrono::microseconds deadline = std::chrono::microseconds::max();
  // Set when whoever asked is gone; may be null.
  std::shared_ptr<const std::atomic<bool>> cancelled{};
};

struct task_stats {
  std::size_t waiting = 0;
  std::uint64_t refused = 0;  // for the bound of a user
  std::uint64_t dropped = 0;  // past their deadline, or cancelled
};

class task_runner {
 public:
  virtual ~task_runner() = default;
  // Runs the task later, never from within the call, or drops it: past its deadline, cancelled, at
  // the runner's end. False, and it is dropped: its user has as many waiting as one may have.
  virtual bool post(task job) = 0;
};

}  // namespace roomlog
