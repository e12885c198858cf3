// Drives the partitions of some workers, without a thread or a clock: each in turn decides what is
// there, then one commit carries all of them. A lone message costs one small write, and a busy log
// few large ones. Views that are behind get a turn when nothing is left to decide, and one in a few
// passes while there is.
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
  // One batch of each partition, or a turn for the views of one; then a commit where enough is
  // staged, or a reader waits for it. False when there was nothing to do.
  bool pass();
  void commit();
  // Whether passes have done something since the last commit.
  bool has_uncommitted() const { return passes_ > 0; }
  bool wants_retry() const;
  // A pass that runs ends behind the batch in hand: a log that does not answer keeps each partition
  // for a while. From any thread.
  void end() { ending_ = true; }

 private:
  bool decide();
  bool follow();
  bool should_commit() const;

  state_store& store_;
  const std::size_t read_bytes_;
  std::vector<driven_partition*> partitions_;
  int passes_ = 0;             // that did something since the last commit
  int busy_passes_ = 0;        // without a turn for views
  std::size_t followed_ = 0;   // whose turn it was
  bool views_staged_ = false;  // since the last commit
  std::atomic<bool> ending_{false};
};

}  // namespace roomlog
