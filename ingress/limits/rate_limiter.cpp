#include "ingress/limits/rate_limiter.h"

#include <algorithm>

namespace roomlog {
namespace {

using std::chrono::microseconds;

constexpr microseconds second = std::chrono::seconds(1);
constexpr microseconds minute = std::chrono::minutes(1);

}  // namespace

std::uint32_t whole_ms(microseconds wait) {
  return static_cast<std::uint32_t>((wait.count() + 999) / 1000);
}

// n = 0 is the latest; n < count.
microseconds rate_limiter::history::from_latest(std::size_t n) const {
  return times[(first + count - 1 - n) % times.size()];
}

void rate_limiter::history::push(microseconds t) {
  if (count == times.size()) {
    std::rotate(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(first), times.end());
    first = 0;
    times.resize(std::max<std::size_t>(4, 2 * times.size()));
  }
  times[(first + count) % times.size()] = t;
  ++count;
}

void rate_limiter::history::pop_oldest() {
  first = (first + 1) % times.size();
  --count;
}

void rate_limiter::history::remove(microseconds t) {
  for (std::size_t n = 0; n < count; ++n) {
    if (from_latest(n) != t) continue;
    for (; n > 0; --n) {
      times[(first + count - 1 - n) % times.size()] = from_latest(n - 1);
    }
    --count;
    return;
  }
}

void rate_limiter::drop_old(history& of, microseconds now) const {
  const microseconds window = limits_.per_minute != 0 ? minute : second;
  while (of.count != 0 && of.times[of.first] + window <= now) of.pop_oldest();
}

std::variant<rate_stamp, rate_refusal> rate_limiter::take(std::string_view user, microseconds now) {
  if (limits_.per_second == 0 && limits_.per_minute == 0) return now;
  return users_.with(user, [&](history& sent) { return take_of(sent, now); });
}

std::variant<rate_stamp, rate_refusal> rate_limiter::take_of(history& sent,
                                                             microseconds now) const {
  drop_old(sent, now);
  const auto wait = [&](std::uint32_t limit, microseconds window) {
    if (limit == 0 || sent.count < limit) return microseconds{0};
    return sent.from_latest(limit - 1) + window - now;
  };
  const microseconds by_minute = wait(limits_.per_minute, minute);
  const microseconds by_second = wait(limits_.per_second, second);
  // The longer wait: after it both let the next one through.
  const microseconds longest = std::max(by_minute, by_second);
  if (longest > microseconds{0}) {
    return rate_refusal{by_minute >= by_second ? "user_per_minute" : "user_per_second",
                        whole_ms(longest)};
  }
  sent.push(now);
  return now;
}

void rate_limiter::give_back(std::string_view user, rate_stamp stamp) {
  users_.with_known(user, [&](history& sent) { sent.remove(stamp); });
}

void rate_limiter::forget_idle(microseconds now) {
  users_.forget_idle([&](history& sent) {
    drop_old(sent, now);
    return sent.count == 0;
  });
}

}  // namespace roomlog
