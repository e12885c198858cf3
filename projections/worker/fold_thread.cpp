#include "projections/worker/fold_thread.h"

#include <pthread.h>

#include <algorithm>

namespace roomlog {
namespace {

constexpr int passes_max = 16;  // between two commits
constexpr std::chrono::milliseconds quiet_before_commit{20};
constexpr std::chrono::milliseconds before_retry{
    200};                                           // of a log, or a store, that does not answer
constexpr std::size_t staged_bytes_max = 16 << 20;  // one commit's size, about

}  // namespace

void fold_thread::add(partition_worker& worker) {
  workers_.push_back(&worker);
  worker.set_wake([this] { signal(); });
}

void fold_thread::start() {
  signal();  // what is in the log already; followers may be calling by now
  thread_ = std::thread([this] { run(); });
  (void)pthread_setname_np(thread_.native_handle(), "fold-worker");  // a name is a convenience
}

void fold_thread::signal() {
  {
    const std::lock_guard lock(mutex_);
    signal_ = true;
  }
  signalled_.notify_one();
}

void fold_thread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  signalled_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// No ack waits for a commit, and one after each small batch would cost as much as the batch: while
// records keep coming, several batches share one.
void fold_thread::run() {
  int passes = 0;
  while (true) {
    const bool moved = pass();
    if (moved) ++passes;
    if (should_commit(passes)) {
      commit();
      passes = 0;
    }
    std::optional<std::chrono::milliseconds> at_most;
    if (wants_retry()) at_most = before_retry;
    if (passes > 0) at_most = quiet_before_commit;
    const wake_up why = moved ? go_on() : wait_for_signal(at_most);
    if (why == wake_up::stop) break;
    if (why == wake_up::quiet) {
      commit();
      passes = 0;
    }
  }
  commit();
}

// One batch of each partition. False when all stand at their end. A log that does not answer keeps
// each step for a while, so a stop is looked for between them.
bool fold_thread::pass() {
  bool moved = false;
  for (partition_worker* worker : workers_) {
    if (go_on() == wake_up::stop) break;
    moved = worker->step(read_bytes_) || moved;
  }
  return moved;
}

bool fold_thread::should_commit(int passes) const {
  std::size_t staged = 0;
  for (partition_worker* worker : workers_) {
    if (worker->commit_wanted()) return true;
    staged += worker->staged_bytes();
  }
  return passes >= passes_max || staged >= staged_bytes_max;
}

void fold_thread::commit() {
  std::vector<partition_id> which;
  std::vector<partition_worker*> staged;
  for (partition_worker* worker : workers_) {
    if (!worker->wants_commit()) continue;
    worker->stage();
    which.push_back(worker->partition());
    staged.push_back(worker);
  }
  if (staged.empty()) return;
  const auto done = store_.commit(which);
  for (partition_worker* worker : staged) {
    if (done) {
      worker->on_committed();
    } else {
      worker->on_commit_failed(done.error());
    }
  }
}

fold_thread::wake_up fold_thread::go_on() {
  const std::lock_guard lock(mutex_);
  return stopping_ ? wake_up::stop : wake_up::signal;
}

bool fold_thread::wants_retry() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const partition_worker* worker) { return worker->wants_retry(); });
}

fold_thread::wake_up fold_thread::wait_for_signal(
    std::optional<std::chrono::milliseconds> at_most) {
  std::unique_lock lock(mutex_);
  const auto woken = [&] { return signal_ || stopping_; };
  if (!at_most) {
    signalled_.wait(lock, woken);
  } else if (!signalled_.wait_for(lock, *at_most, woken)) {
    return wake_up::quiet;
  }
  signal_ = false;
  return stopping_ ? wake_up::stop : wake_up::signal;
}

}  // namespace roomlog
