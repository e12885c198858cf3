#include "bench/fold_run.h"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace roomlog::bench {
namespace {

bool is_through(const fold_service& fold) {
  for (const fold_status& s : fold.status()) {
    if (!s.stopped.empty()) throw std::runtime_error(s.stopped);
    if (s.committed < s.log_end) return false;
  }
  return true;
}

}  // namespace

std::uint64_t records_in(const log& events) {
  std::uint64_t n = 0;
  for (partition_id p{0}; p.value < events.partitions(); ++p) n += events.bounds(p).end.value;
  return n;
}

folded run_fold(const log& events, fold_service& fold) {
  const auto begin = std::chrono::steady_clock::now();
  fold.start();
  while (!is_through(fold)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  fold.stop();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return {records_in(events), took.count()};
}

}  // namespace roomlog::bench
