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

void timer_wheel::advance(microseconds now) {
  const auto until = now / slot_;
  // After a long pause once around touches everything.
  at_ = std::max(at_, until - std::int64_t{slots_count});
  while (at_ < until) run_next_slot(now);
}

void timer_wheel::run_next_slot(microseconds now) {
  std::vector<entry> due;
  due.swap(slots_[static_cast<std::size_t>(at_) % slots_count]);
  // The slot is done before anybody is called: a due time in the past that is asked for meanwhile
  // goes to the next one. Here it would wait until the wheel has gone round.
  ++at_;
  for (auto& e : due) {
    const auto member = e.member.lock();
    if (!member || member->due_ != e.due) continue;  // gone, or asked for an earlier call since
    if (e.due > now) {
      put(std::move(e));
      continue;
    }
    member->due_ = microseconds::max();
    member->on_timer(now);
  }
}

}  // namespace roomlog
