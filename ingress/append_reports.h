// What the log's threads report of appends that went wrong, for the lane's next tick.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "log/log.h"

namespace roomlog {

struct append_report {
  std::uint64_t nonce = 0;
  std::uint64_t first = 0, last = 0;  // numbers; 0: the fence
  errc code = errc::unknown_outcome;
};

// Outlives the lane while the log has handlers of it. Never takes the lane's lock: a log may call
// handlers while the lane calls it. Thread-safe.
class append_reports {
 public:
  void add(append_report report);
  // A handler that reports `expected` with its error if the append went wrong, and keeps `held` as
  // long as the log keeps it.
  static append_handler handler(std::shared_ptr<append_reports> to, append_report expected,
                                std::shared_ptr<const void> held = nullptr);
  std::vector<append_report> take();

 private:
  std::mutex mutex_;
  std::vector<append_report> reports_;
};

}  // namespace roomlog
