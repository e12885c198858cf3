#include "projections/worker/fold_loop.h"

#include <algorithm>

namespace roomlog {
namespace {

constexpr int passes_max = 16;                      // between two commits
constexpr std::size_t staged_bytes_max = 16 << 20;  // one commit's size, about

}  // namespace

// No ack waits for a commit, and one after each small batch would cost as much as the batch: while
// records keep coming, several batches share one.
bool fold_loop::pass() {
  bool moved = false;
  for (driven_partition* one : partitions_) {
    if (ending_) break;
    moved = one->step(read_bytes_) || moved;
  }
  if (moved) ++passes_;
  if (should_commit()) commit();
  return moved;
}

bool fold_loop::should_commit() const {
  std::size_t staged = 0;
  for (driven_partition* one : partitions_) {
    if (one->commit_awaited()) return true;
    staged += one->staged_bytes();
  }
  return passes_ >= passes_max || staged >= staged_bytes_max;
}

void fold_loop::commit() {
  passes_ = 0;
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
