// Coarse timers in slots: adding is O(1), a tick touches what is due. Entries that were superseded
// stay until their slot comes and are skipped then. Pure: time comes in.
#pragma once

#include <chrono>
#include <limits>
#include <memory>
#include <vector>

#include "pushers/transport/event_loop.h"

namespace roomlog {

class timer_wheel {
 public:
  timer_wheel(std::chrono::microseconds slot, std::chrono::microseconds now)
      : slot_(slot), at_(now / slot), slots_(slots_count) {}

  // Also from within advance(). The member is called at `due` or at most one slot later, where
  // advance() had calls enough; where `due` has passed, at most one slot from now.
  void add(loop_member& member, std::chrono::microseconds due);
  // Calls on_timer() of those that are due, at most so many of them. False: others are due too.
  bool advance(std::chrono::microseconds now,
               std::size_t calls_max = std::numeric_limits<std::size_t>::max());

 private:
  static constexpr std::size_t slots_count = 512;
  struct entry {
    std::weak_ptr<loop_member> member;
    std::chrono::microseconds due;
  };

  void put(entry e);
  bool run(entry e, std::chrono::microseconds now);

  std::chrono::microseconds slot_;
  std::int64_t at_;  // slots below are done
  std::vector<std::vector<entry>> slots_;
  std::vector<entry> running_;  // of the slot before at_, the last ones first
};

}  // namespace roomlog
