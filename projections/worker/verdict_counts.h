// How many records a worker has decided since its start, by kind of verdict.
#pragma once

#include <atomic>
#include <cstdint>

#include "projections/fold/decided.h"
#include "projections/worker/fold_status.h"

namespace roomlog {

// One thread counts, any reads.
class verdict_counts {
 public:
  void add(const decided_batch& batch);
  void fill(fold_status& status) const;

 private:
  std::atomic<std::uint64_t> accepted_{0}, duplicates_{0}, rejected_{0}, ignored_{0};
};

}  // namespace roomlog
