// Threads for reads that block. Whoever reads takes turns with all others: users (tenant and user)
// one after the other, and pages for those who catch up with answers to those who ask, so that no
// number of reads of one user keeps another from theirs. Of queries, one user runs at most on half
// the threads at once, for a read that has begun is not interrupted.
//
//   deliveries   ann: ▢        bob: ▢▢▢ ─┐ turns by user      ┐ turns      ┌ thread
//   queries      ann: ▢▢▢▢▢▢▢  cyd: ▢    ─┘ in each kind       ┘ of kinds ──┴ thread
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "log/base/clock.h"

namespace roomlog {

enum class read_kind { delivery, query };

struct read_job {
  read_kind kind = read_kind::query;
  std::string user;  // whose turn it takes: "tenant/user"
  std::function<void()> run;
  // Steady time after which it is not begun any more: whoever asked has told their client by then.
  std::chrono::microseconds deadline = std::chrono::microseconds::max();
  // Set when whoever asked is gone; may be null.
  std::shared_ptr<const std::atomic<bool>> cancelled{};
};

// The jobs of one kind that wait or run. No lock of its own.
class read_turns {
 public:
  explicit read_turns(std::size_t running_per_user_max) : running_max_(running_per_user_max) {}
  void add(read_job job);
  // There is a job of a user who may run one more.
  bool ready() const { return !order_.empty(); }
  // The next job of the user whose turn it is; ready().
  read_job take();
  // A job of that user that was taken is done.
  void done(const std::string& user);
  // Forgets what waits.
  void clear();
  std::size_t size() const { return size_; }  // that wait
  std::size_t of(const std::string& user) const;

 private:
  struct turns {
    std::deque<read_job> waiting;
    std::size_t running = 0;
    bool in_order = false;
  };
  void line_up(const std::string& user, turns& of);

  const std::size_t running_max_;
  std::unordered_map<std::string, turns> users_;
  std::deque<std::string> order_;  // those of users_ that may run one, the next first
  std::size_t size_ = 0;
};

struct reader_stats {
  std::size_t waiting = 0;
  std::uint64_t refused = 0;  // for the bound of a user
  std::uint64_t dropped = 0;  // past their deadline, or cancelled
};

// Thread-safe. A user's queries that wait are bounded; each connection has one delivery open at
// most, so those need no bound.
class reader_pool {
 public:
  reader_pool(unsigned threads, const clock_source& clock, std::size_t queries_per_user_max);
  ~reader_pool();  // stop()s
  // Runs the job on one of the threads, or drops it (deadline, cancelled, stop()). False: its user
  // has as many queries waiting as one may have.
  bool run(read_job job);
  reader_stats stats() const;
  // Drops what waits, finishes what runs. Idempotent.
  void stop();

 private:
  void work();
  bool is_over(const read_job& job) const;
  read_turns& turns_of(read_kind kind) {
    return kind == read_kind::delivery ? deliveries_ : queries_;
  }
  read_job take_next();

  const clock_source& clock_;
  const std::size_t queries_per_user_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  read_turns deliveries_{std::numeric_limits<std::size_t>::max()}, queries_;
  bool delivery_next_ = true;
  bool stopped_ = false;
  std::uint64_t refused_ = 0, dropped_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace roomlog
