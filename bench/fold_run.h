// A fold over everything that is in a log, timed. For the benchmarks of fold and rebuild.
#pragma once

#include <cstdint>
#include <vector>

#include "log/log.h"
#include "projections/store/state_store.h"
#include "projections/views/view_registry.h"

namespace roomlog::bench {

struct folded {
  std::uint64_t records = 0;
  double seconds = 0;

  double per_second() const { return static_cast<double>(records) / seconds; }
};

std::uint64_t records_in(const log& events);

// From the start to the last commit and the flush of the store, on `threads` threads; throws
// std::runtime_error with what stopped a partition.
folded run_fold(log& events, state_store& store, const std::vector<view_entry>& views,
                std::size_t threads = 1);

}  // namespace roomlog::bench
