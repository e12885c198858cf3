// A fold over everything that is in a log, timed. For the benchmarks of fold and rebuild.
#pragma once

#include <cstdint>

#include "log/log.h"
#include "projections/worker/fold_service.h"

namespace roomlog::bench {

struct folded {
  std::uint64_t records = 0;
  double seconds = 0;

  double per_second() const { return static_cast<double>(records) / seconds; }
};

std::uint64_t records_in(const log& events);

// From the start to the last commit and the end of the fold's threads; throws std::runtime_error
// with what stopped a partition.
folded run_fold(const log& events, fold_service& fold);

}  // namespace roomlog::bench
