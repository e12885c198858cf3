#include "projections/worker/fold_loop.h"

#include <algorithm>

namespace roomlog {
namespace {

constexpr int passes_max = 16;                      // between two commits
constexpr std::size_t staged_bytes_max = 16 << 20;  // one commit's size, about
constexpr std::size_t catch_up_bytes_max = 1 << 20;
// After so many passes that decided something the views get a turn nevertheless.
constexpr int busy_passes_max = 8;

}  // namespace

// No ack waits for a commit, and one after each small batch would cost as much as the batch: while
// records keep coming, several batches share one.
bool fold_loop::pass() {
  bool moved = decide();
  if (!moved || ++busy_passes_ == busy_passes_max) {
    busy_passes_ = 0;
    moved = follow() || moved;
  }
  if (moved) ++passes_;
  if (should_commit()) commit();
  return moved;
}

bool fold_loop::decide() {
  bool moved = false;
  for (driven_partition* one : partitions_) {
    if (ending_) break;
    moved = one->step(read_bytes_) || moved;
  }
  return moved;
}

// One turn, of whichever partition has something to do: the next record to be decided waits for it.
bool fold_loop::follow() {
  for (std::size_t i = 0; i < partitions_.size() && !ending_; ++i) {
    followed_ = (followed_ + 1) % partitions_.size();
    if (!partitions_[followed_]->follow()) continue;
    views_staged_ = true;
    return true;
  }
  return false;
}

// While views come up a commit is small, so that deciding does not wait long for it.
bool fold_loop::should_commit() const {
  std::size_t staged = 0;
  for (driven_partition* one : partitions_) {
    if (one->commit_awaited()) return true;
    staged += one->staged_bytes();
  }
  return passes_ >= passes_max || staged >= (views_staged_ ? catch_up_bytes_max : staged_bytes_max);
}

void fold_loop::commit() {
  passes_ = 0;
  views_staged_ = false;
  std::vector<partition_id> which;
  std::vector<driven_partition*> staged;
  for (driven_partition* one : partitions_) {
    if (!one->wants_commit()) continue;
    one->stage();
    which.push_back(one->partition());
    staged.push_back(one);
  }
  if (staged.empty()) return;
  const auto done = store_.commit(which);
  for (driven_partition* one : staged) {
    if (done) {
      one->on_committed();
    } else {
      one->on_commit_failed(done.error());
    }
  }
}

bool fold_loop::wants_retry() const {
  return std::any_of(partitions_.begin(), partitions_.end(),
                     [](const driven_partition* one) { return one->wants_retry(); });
}

}  // namespace roomlog
