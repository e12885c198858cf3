#include "projections/fold_thread.h"

#include <pthread.h>

#include <algorithm>

namespace roomlog {
namespace {

constexpr int passes_max = 16;                      // between two commits
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

void fold_thread::run() {
  int passes = 0;
  while (wait_for_signal()) {
    bool moved = true;
    while (moved) {
      moved = pass();
      if (!moved || should_commit(++passes)) {
        commit();
        passes = 0;
      }
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
  }
  commit();
}

// One batch of each partition. False when all stand at their end.
bool fold_thread::pass() {
  bool moved = false;
  for (partition_worker* worker : workers_) moved = worker->step(read_bytes_) || moved;
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
      worker->abandon(done.error().text);
    }
  }
}

// False when the thread is to end.
bool fold_thread::wait_for_signal() {
  std::unique_lock lock(mutex_);
  signalled_.wait(lock, [&] { return signal_ || stopping_; });
  signal_ = false;
  return !stopping_;
}

}  // namespace roomlog
