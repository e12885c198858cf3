// From the moment that the gateway took a command to its verdict, for commands that were accepted.
#pragma once

#include <mutex>
#include <vector>

#include "log/log_stats.h"
#include "projections/fold/decided.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog {

// Thread-safe.
class ack_latency {
 public:
  // `answers` are those that `batch` gave, in log order.
  void observe(const decided_batch& batch, const std::vector<addressed_outcome>& answers,
               timestamp now);
  duration_histogram read() const;

 private:
  mutable std::mutex mutex_;
  duration_histogram seen_;
};

}  // namespace roomlog
