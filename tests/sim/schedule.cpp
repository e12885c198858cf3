#include "tests/sim/schedule.h"

#include <cstdio>
#include <utility>

namespace roomlog::sim {

void schedule::after(microseconds delay, const life_ptr& of, std::string_view what,
                     std::function<void()> run) {
  calls_due_.push({now_ + delay, ++numbers_, of != nullptr, of, what, std::move(run)});
}

bool schedule::run_next() {
  while (!calls_due_.empty()) {
    // The order does not look at what is moved out.
    call next = std::move(const_cast<call&>(calls_due_.top()));
    calls_due_.pop();
    now_ = next.due;
    const auto life = next.of.lock();
    if (next.bound && !life) continue;
    if (life && life->stopped_until > now_) {
      next.due = life->stopped_until;
      calls_due_.push(std::move(next));
      continue;
    }
    ++calls_;
    note(next.what);
    next.run();
    return true;
  }
  return false;
}

void schedule::note(std::string_view seen) {
  const auto time = now_.count();
  mix({reinterpret_cast<const char*>(&time), sizeof time});
  mix(seen);
  if (prints_) {
    std::fprintf(stderr, "%12.6f %.*s\n", static_cast<double>(time) / 1e6,
                 static_cast<int>(seen.size()), seen.data());
  }
}

// FNV-1a, 64 bits.
void schedule::mix(std::string_view bytes) {
  for (const char c : bytes) {
    trace_ ^= static_cast<unsigned char>(c);
    trace_ *= 1099511628211u;
  }
}

}  // namespace roomlog::sim
