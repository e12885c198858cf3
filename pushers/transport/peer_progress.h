#pragma once

#include <chrono>
#include <cstddef>

namespace roomlog {

// What the peer's kernel is known to have done.
struct peer_progress {
  std::size_t unacknowledged = 0;  // bytes handed to our kernel that the peer's has not confirmed
  std::chrono::milliseconds since_ack{0};
  // Since anything arrived that was not read yet because the connection is held back; else long
  // ago.
  std::chrono::milliseconds since_data = std::chrono::hours(24);
};

}  // namespace roomlog
