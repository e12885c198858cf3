// Drives the partitions of some workers, without a thread or a clock: each in turn decides what is
// there, then one commit carries all of them. A lone message costs one small write, and a busy log
// few large ones.
#pragma once

#include <atomic>
#include <vector>

#include "projections/store/state_store.h"
#include "projections/worker/driven_partition.h"

namespace roomlog {

// One thread, but for end().
class fold_loop {
 public:
  // `store` outlives this.
  fold_loop(state_store& store, std::size_t read_bytes) : store_(store), read_bytes_(read_bytes) {}

  // Before the first pass. The partition outlives this.
  void add(driven_partition& one) { partitions_.push_back(&one); }
  // One batch of each partition; then a commit where enough is staged, or a reader waits for it.
  // False when nothing was decided.
  bool pass();
  void commit();
  // Whether passes have decided something since the last commit.
  bool has_uncommitted() const { return passes_ > 0; }
  bool wants_retry() const;
  // A pass that runs ends behind the batch in hand: a log that does not answer keeps each partition
  // for a while. From any thread.
  void end() { ending_ = true; }

 private:
  bool should_commit() const;

  state_store& store_;
  const std::size_t read_bytes_;
  std::vector<driven_partition*> partitions_;
  int passes_ = 0;  // that decided something since the last commit
  std::atomic<bool> ending_{false};
};

}  // namespace roomlog
