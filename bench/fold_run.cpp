#include "bench/fold_run.h"

#include <chrono>
#include <future>
#include <stdexcept>

#include "projections/worker/offline_fold.h"

namespace roomlog::bench {
namespace {

// The partitions p with p % threads = first.
void fold_some(log& events, state_store& store, const std::vector<view_entry>& views,
               std::size_t first, std::size_t threads) {
  for (std::size_t p = first; p < events.partitions(); p += threads) {
    const auto done = fold_offline(
        events, store, {.partition = partition_id{static_cast<std::uint32_t>(p)}, .views = views});
    if (!done) throw std::runtime_error(done.error().text);
  }
}

}  // namespace

std::uint64_t records_in(const log& events) {
  std::uint64_t n = 0;
  for (partition_id p{0}; p.value < events.partitions(); ++p) n += events.bounds(p).end.value;
  return n;
}

folded run_fold(log& events, state_store& store, const std::vector<view_entry>& views,
                std::size_t threads) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::future<void>> parts;
  for (std::size_t t = 0; t < threads; ++t) {
    parts.push_back(
        std::async(std::launch::async, [&, t] { fold_some(events, store, views, t, threads); }));
  }
  for (auto& part : parts) part.get();
  if (auto flushed = store.flush(); !flushed) throw std::runtime_error(flushed.error().text);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return {records_in(events), took.count()};
}

}  // namespace roomlog::bench
