// What the lanes of one gateway share.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "ingress/append_clocks.h"
#include "ingress/commands/content_filter.h"
#include "ingress/ingress_options.h"
#include "ingress/ingress_stats.h"
#include "ingress/limits/user_limits.h"
#include "ingress/limits/user_load.h"
#include "log/base/clock.h"
#include "log/log.h"
#include "projections/fold/decided.h"
#include "projections/worker/fold_lookup.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog {

// Outlived by log, fold and clock. Thread-safe.
struct lane_context {
  lane_context(const ingress_options& o, log& l, fold_lookup& f, const clock_source& c);

  const ingress_options options;
  log& events;
  fold_lookup& fold;
  const clock_source& clock;
  user_limits limits;
  user_loads loads;
  const deadline_clock deadlines_by;
  append_clocks clocks;
  content_filter filter;

  std::atomic<bool> draining{false};
  std::atomic<std::uint64_t> fences{0};  // taken
  // Commands undecided, all lanes together.
  std::atomic<std::size_t> in_flight{0}, in_flight_bytes{0};

  std::uint64_t random() const;
  // Of a record that is handed over now, where the log's last one was appended at `log_time`.
  timestamp deadline_of(timestamp handed_over, timestamp log_time) const;
  // Looks at the times of an own record that was read back, and says what is wrong with them. For
  // one partition one at a time.
  void compare_clocks(partition_id partition, const decided_event& own);

  // The first reason stays. From then on nothing is appended any more.
  void fail(std::string why);
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  std::string failure() const;

  // Counts the outcome that goes to one client.
  void count(const command_outcome& outcome);
  ingress_stats stats() const;

 private:
  std::atomic<bool> failed_{false};
  mutable std::mutex failure_mutex_;
  std::string failure_;
  std::atomic<std::uint64_t> accepted_{0}, duplicates_{0}, refused_{0}, unknown_{0};
  std::atomic<std::uint64_t> refused_by_code_[error_codes] = {};
  std::atomic<std::uint64_t> refused_by_limit_[user_limit_names.size()] = {};
};

}  // namespace roomlog
