// How far the clock that gives append times is from this gateway's, by partition. An own record's
// append time lies between its hand-over and its reading back, or else the clocks differ by at
// least what it lies outside:
//
//   here     hand-over ─────────────── read back
//   the log                 ▲                          ▲ ahead of us, by at least this much
//                     nothing to see                   └──────────┘
//
// What the log takes for late it refuses (expired), so a clock that is ahead by more than a command
// may wait stops every send, unless deadlines follow it. Said in the diagnostics when it begins,
// once a minute while it lasts, and when it is over.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/base/types.h"

namespace roomlog {

// Of one own record, each by the clock that it is read from.
struct append_times {
  timestamp handed_over, appended, read_back;
};

// By which clock records get their deadlines: the gateway's own, or, where that is behind, the
// log's as the last record read back had it. The latter on a log with one writer: there, nothing
// that is on its way can come late by another's clock.
enum class deadline_clock { own, never_behind_the_log };

// Calls of observe() for one partition come one at a time; everything else is thread-safe.
class append_clocks {
 public:
  struct notice {
    bool trouble;  // else it is over
    std::string text;
  };

  // A record is late, and expired, when it is appended `deadline` after its hand-over. Differences
  // above a fifth of that are trouble.
  append_clocks(std::uint32_t partitions, std::chrono::milliseconds deadline,
                deadline_clock deadlines_by);

  // What is to be said now, if anything. `now` never goes back.
  std::optional<notice> observe(partition_id partition, const append_times& seen,
                                std::chrono::microseconds now);

  // By partition: positive where the log's clock is ahead, as the last own record had it.
  std::vector<std::chrono::microseconds> skews() const;

 private:
  struct place {
    std::atomic<std::int64_t> skew_us{0};
    std::optional<std::chrono::microseconds> said;  // last; none while the clocks agree
  };
  std::string describe(partition_id partition, std::chrono::microseconds skew) const;

  const std::chrono::milliseconds deadline_;
  const deadline_clock deadlines_by_;
  std::vector<place> places_;
};

}  // namespace roomlog
