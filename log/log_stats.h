// What a log counts, for metrics: log::stats().
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "log/base/types.h"

namespace roomlog {

// Counts of durations by upper bound, as Prometheus histograms have them (the last bucket is +Inf;
// the counts are not cumulative).
struct duration_histogram {
  static constexpr std::array<std::int64_t, 13> bounds_us{
      50, 100, 200, 400, 800, 1'600, 3'200, 6'400, 12'800, 25'600, 51'200, 102'400, 1'000'000};
  std::array<std::uint64_t, bounds_us.size() + 1> counts{};
  std::uint64_t count = 0;
  std::int64_t sum_us = 0;

  void observe(std::int64_t us) {
    std::size_t bucket = 0;
    while (bucket < bounds_us.size() && us > bounds_us[bucket]) ++bucket;
    ++counts[bucket];
    ++count;
    sum_us += us;
  }
};

// Totals since the engine was opened.
struct log_stats {
  std::uint64_t groups = 0;   // durable writes
  std::uint64_t appends = 0;  // append() calls in them
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;              // keys and values
  duration_histogram group_write;       // from hand-over to the storage until durable
  std::uint64_t tail_reads = 0;         // answered from memory
  std::uint64_t storage_reads = 0;      // had to go to the storage
  std::uint64_t refused_full = 0;       // append() calls refused with errc::full
  std::size_t tail_bytes = 0;           // memory held by the shared tails, now
  std::uint64_t torn_tail_bytes = 0;    // cut off at start: an append that was never acknowledged
  std::uint64_t recovered_records = 0;  // read back from the write-ahead log at start
  std::uint64_t producers_made = 0;     // Kafka: the first one, and one after each fatal error
  std::uint64_t broker_errors = 0;      // Kafka: lost connections and what brokers refused
  std::uint64_t unknown_appends = 0;    // Kafka: append() calls answered errc::unknown_outcome
  std::uint64_t unread_records = 0;     // Kafka: beyond the ends here, as brokers said last
  std::uint64_t unsent_appends = 0;     // Kafka: those answered errc::unavailable
  // Kafka: since a broker last answered, where none did when it was asked last; else 0.
  std::chrono::milliseconds silent_for{};
  std::vector<partition_id> leaderless;  // Kafka: partitions without a leader, as brokers said last
};

}  // namespace roomlog
