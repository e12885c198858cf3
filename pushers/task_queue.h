// Which task is next: users (tenant and user) take turns, and so do tasks without a bound (pages
// for those who catch up) and tasks with one (answers to those who ask), so that no number of tasks
// of one user keeps another from theirs. A task that has begun is not interrupted, hence the bound
// of those that one user runs at once.
//
//   without a bound   ann: ▢        bob: ▢▢▢ ─┐ turns by user      ┐ turns
//   bound by user     ann: ▢▢▢▢▢▢▢  cyd: ▢   ─┘ in each of both    ┘ of both ──► next
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <unordered_map>

#include "pushers/task_runner.h"

namespace roomlog {

// Tasks of one kind that wait or run.
class user_turns {
 public:
  explicit user_turns(std::size_t running_per_user_max) : running_max_(running_per_user_max) {}
  void add(task job);
  // There is a task of a user who may run one more.
  bool ready() const { return !order_.empty(); }
  // The next task of the user whose turn it is; ready().
  task take();
  // A task of that user that was taken is done.
  void done(const std::string& user);
  // Forgets what waits.
  void clear();
  std::size_t size() const { return size_; }  // that wait
  std::size_t of(const std::string& user) const;

 private:
  struct turns {
    std::deque<task> waiting;
    std::size_t running = 0;
    bool in_order = false;
  };
  void line_up(const std::string& user, turns& of);

  const std::size_t running_max_;
  std::unordered_map<std::string, turns> users_;
  std::deque<std::string> order_;  // those of users_ that may run one, the next first
  std::size_t size_ = 0;
};

struct task_limits {
  std::size_t waiting_per_user_max = std::numeric_limits<std::size_t>::max();
  std::size_t running_per_user_max = 1;
};

// The order of both runners. No lock of its own.
class task_queue {
 public:
  explicit task_queue(const task_limits& limits)
      : waiting_per_user_max_(limits.waiting_per_user_max), bounded_(limits.running_per_user_max) {}

  // As task_runner::post().
  bool add(task job);
  bool ready() const { return unbounded_.ready() || bounded_.ready(); }
  struct taken {
    task job;
    bool over;  // it is not to be run: past its deadline, or cancelled
  };
  // The next one; ready(). done() follows.
  taken take(std::chrono::microseconds now);
  void done(const task& job) { turns_of(job.bound).done(job.user); }
  // Forgets what waits.
  void clear();
  task_stats stats() const { return {unbounded_.size() + bounded_.size(), refused_, dropped_}; }

 private:
  user_turns& turns_of(task_bound bound) {
    return bound == task_bound::none ? unbounded_ : bounded_;
  }

  const std::size_t waiting_per_user_max_;
  user_turns unbounded_{std::numeric_limits<std::size_t>::max()}, bounded_;
  bool unbounded_next_ = true;
  std::uint64_t refused_ = 0, dropped_ = 0;
};

}  // namespace roomlog
