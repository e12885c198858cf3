// A thread that drives the workers of some partitions: each in turn decides what is there, then one
// commit carries all of them. It commits when nothing came for a moment, when enough is staged, or
// when a reader waits; so a lone message costs one small write, and a busy log few large ones.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "projections/worker/partition_worker.h"

namespace roomlog {

class fold_thread {
 public:
  // `store` outlives this.
  fold_thread(state_store& store, std::size_t read_bytes)
      : store_(store), read_bytes_(read_bytes) {}
  ~fold_thread() { stop(); }

  // Before start(). The worker outlives this.
  void add(partition_worker& worker);
  void start();
  // Something may be there to do. From any thread; does not block.
  void signal();
  // Finishes the batch in hand, commits, ends the thread. Idempotent.
  void stop();

 private:
  void run();
  bool pass();
  bool should_commit(int passes) const;
  void commit();
  enum class wake_up { signal, quiet, stop };
  wake_up go_on();
  bool wants_retry() const;
  // With `at_most` unset, for ever.
  wake_up wait_for_signal(std::optional<std::chrono::milliseconds> at_most);

  state_store& store_;
  const std::size_t read_bytes_;
  std::vector<partition_worker*> workers_;
  std::mutex mutex_;
  std::condition_variable signalled_;
  bool signal_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace roomlog
