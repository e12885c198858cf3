#include "pushers/transport/timer_wheel.h"

#include <algorithm>

namespace roomlog {

using std::chrono::microseconds;

void timer_wheel::put(entry e) {
  // Too far away: the last slot, from where it is put anew.
  const auto wanted = e.due / slot_;
  const auto index = std::clamp<std::int64_t>(wanted, at_, at_ + std::int64_t{slots_count} - 1);
  slots_[static_cast<std::size_t>(index) % slots_count].push_back(std::move(e));
}

void timer_wheel::add(loop_member& member, microseconds due) {
  if (due >= member.due_) return;
  member.due_ = due;
  put({member.weak_from_this(), due});
}

bool timer_wheel::advance(microseconds now, std::size_t calls_max) {
  const auto until = now / slot_;
  // After a long pause once around touches everything.
  at_ = std::max(at_, until - std::int64_t{slots_count});
  for (std::size_t calls = 0;;) {
    while (!running_.empty()) {
      if (calls == calls_max) return false;
      auto e = std::move(running_.back());
      running_.pop_back();
      if (run(std::move(e), now)) ++calls;
    }
    if (at_ >= until) return true;
    // The slot is done before anybody is called: a due time in the past that is asked for meanwhile
    // goes to the next one. Here it would wait until the wheel has gone round.
    running_.swap(slots_[static_cast<std::size_t>(at_++) % slots_count]);
    std::reverse(running_.begin(), running_.end());
  }
}

// False: nobody was called.
bool timer_wheel::run(entry e, microseconds now) {
  const auto member = e.member.lock();
  if (!member || member->due_ != e.due) return false;  // gone, or asked for an earlier call since
  if (e.due > now) {
    put(std::move(e));
    return false;
  }
  member->due_ = microseconds::max();
  member->on_timer(now);
  return true;
}

}  // namespace roomlog
