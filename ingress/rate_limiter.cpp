#include "ingress/rate_limiter.h"

#include <algorithm>

namespace roomlog {
namespace {

using std::chrono::microseconds;

constexpr microseconds second = std::chrono::seconds(1);
constexpr microseconds minute = std::chrono::minutes(1);

std::uint32_t whole_ms(microseconds wait) {
  return static_cast<std::uint32_t>((wait.count() + 999) / 1000);
}

}  // namespace

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

rate_limiter::shard& rate_limiter::shard_of(std::string_view user) {
  return shards_[text_hash{}(user) / 7 % shards_.size()];
}

void rate_limiter::drop_old(history& of, microseconds now) const {
  const microseconds window = limits_.per_minute != 0 ? minute : second;
  while (of.count != 0 && of.times[of.first] + window <= now) of.pop_oldest();
}

std::variant<rate_stamp, rate_refusal> rate_limiter::take(std::string_view user, microseconds now) {
  if (limits_.per_second == 0 && limits_.per_minute == 0) return now;
  shard& in = shard_of(user);
  const std::lock_guard lock(in.mutex);
  auto found = in.users.find(user);
  if (found == in.users.end()) found = in.users.emplace(std::string(user), history{}).first;
  history& sent = found->second;
  drop_old(sent, now);
  const auto refusal = [&](std::uint32_t limit, microseconds window,
                           const char* name) -> std::optional<rate_refusal> {
    if (limit == 0 || sent.count < limit) return std::nullopt;
    const microseconds wait = sent.from_latest(limit - 1) + window - now;
    if (wait <= microseconds{0}) return std::nullopt;
    return rate_refusal{name, whole_ms(wait)};
  };
  const auto by_minute = refusal(limits_.per_minute, minute, "user_per_minute");
  const auto by_second = refusal(limits_.per_second, second, "user_per_second");
  // The longer wait: after it both let the next one through.
  if (by_minute && (!by_second || by_minute->retry_after_ms >= by_second->retry_after_ms)) {
    return *by_minute;
  }
  if (by_second) return *by_second;
  sent.push(now);
  return now;
}

void rate_limiter::give_back(std::string_view user, rate_stamp stamp) {
  shard& in = shard_of(user);
  const std::lock_guard lock(in.mutex);
  const auto found = in.users.find(user);
  if (found != in.users.end()) found->second.remove(stamp);
}

void rate_limiter::forget_idle(microseconds now) {
  std::size_t which;
  {
    const std::lock_guard lock(sweep_mutex_);
    which = next_sweep_++ % shards_.size();
  }
  shard& in = shards_[which];
  const std::lock_guard lock(in.mutex);
  for (auto i = in.users.begin(); i != in.users.end();) {
    drop_old(i->second, now);
    i = i->second.count == 0 ? in.users.erase(i) : std::next(i);
  }
}

std::size_t rate_limiter::users() const {
  std::size_t sum = 0;
  for (const shard& s : shards_) {
    const std::lock_guard lock(s.mutex);
    sum += s.users.size();
  }
  return sum;
}

}  // namespace roomlog
