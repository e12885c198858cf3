// Fills a log with valid records of about 350 bytes as a gateway would write them: fences, rooms,
// then messages that are all accepted by the fold. For the benchmarks of fold, rebuild and start.
#pragma once

#include <cstdint>

#include "log/log.h"

namespace roomlog::bench {

struct fill_options {
  std::uint64_t messages = 1'000'000;
  std::uint32_t rooms = 1000;
  std::uint32_t users_per_room = 10;
};

// Appends and waits until everything is durable; throws std::runtime_error when the log refuses.
void fill_log(log& events, const fill_options& options);

}  // namespace roomlog::bench
