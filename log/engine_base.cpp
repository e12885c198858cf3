#include "log/engine_base.h"

namespace roomlog {

log_stats engine_base::stats() const {
  log_stats now;
  {
    const std::lock_guard lock(mutex_);
    now = appended_;
  }
  now.refused_full = refused_full_.load(std::memory_order_relaxed);
  add_stats(now);
  return now;
}

}  // namespace roomlog
