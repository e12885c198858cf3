#include "clients/cpp/reconnect_policy.h"

#include <algorithm>

namespace roomlog::client {

std::chrono::milliseconds back_off(unsigned attempt, std::minstd_rand& random) {
  const unsigned doublings = std::min(attempt > 0 ? attempt - 1 : 0u, 5u);
  const double full = std::min(1000.0 * (1u << doublings), 30000.0);
  const double factor = std::uniform_real_distribution<double>(0.5, 1.0)(random);
  return std::chrono::milliseconds(static_cast<std::int64_t>(full * factor));
}

void reconnect_policy::failed(time_point began, time_point now,
                              std::chrono::milliseconds retry_after) {
  if (failures_ > 0 && began <= failed_at_) return;
  failed_at_ = now;
  const auto wait = retry_after.count() > 0 ? retry_after : back_off(++failures_);
  not_before_ = std::max(not_before_, failed_at_ + wait);
}

}  // namespace roomlog::client
