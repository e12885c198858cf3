// Both kinds of time at one instant.
#pragma once

#include <chrono>

#include "log/base/types.h"

namespace roomlog {

struct moment {
  std::chrono::microseconds steady{};  // never goes back; for timeouts
  timestamp wall;                      // what people see; for tokens
};

// Of a time at which something is due.
constexpr std::chrono::microseconds never = std::chrono::microseconds::max();

}  // namespace roomlog
