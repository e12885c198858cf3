// How often what goes wrong, in one run. Times are the longest; how often is of 1,000.
#pragma once

#include <chrono>

#include "tests/sim/random_source.h"

namespace roomlog::sim {

struct fault_rates {
  using microseconds = std::chrono::microseconds;

  // Appends to a log that is elsewhere.
  unsigned append_lost = 0;        // never written; its outcome is unknown, after a while
  unsigned append_unanswered = 0;  // written; its outcome is unknown
  unsigned append_failed = 0;      // never written, and said so
  unsigned append_twice = 0;       // written a second time, later
  unsigned append_overtaken = 0;   // later ones may be written before it
  unsigned append_refused = 0;     // the queue is full
  microseconds append_delay{500};
  microseconds answer_delay{500};
  // Reads.
  unsigned read_stalls = 0;
  unsigned read_times_out = 0;
  unsigned read_short = 0;  // one record
  unsigned end_unanswered = 0;
  microseconds sight_delay{500};  // until another process sees a record
  // Connections.
  unsigned flush_blocked = 0;
  microseconds frame_delay{1'000};
  // Work of a process is done so late.
  microseconds work_delay{200};

  static fault_rates none() { return {}; }
  static fault_rates any(random_source& chance);
};

}  // namespace roomlog::sim
