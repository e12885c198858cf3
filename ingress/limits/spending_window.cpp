#include "ingress/limits/spending_window.h"

#include <algorithm>

namespace roomlog {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t parts = 64;

}  // namespace

void spending_window::drop_old(const spending_limit& limit, microseconds now) {
  const auto counts = [&](const entry& e) { return e.last + limit.span > now; };
  const auto kept = std::find_if(spent_.begin(), spent_.end(), counts);
  for (auto i = spent_.begin(); i != kept; ++i) sum_ -= i->amount;
  spent_.erase(spent_.begin(), kept);
}

microseconds spending_window::wait_for(std::uint64_t amount, const spending_limit& limit,
                                       microseconds now) {
  drop_old(limit, now);
  const std::uint64_t wanted = std::min(amount, limit.amount);
  if (sum_ + wanted <= limit.amount) return microseconds{0};
  std::uint64_t left = sum_;
  for (const entry& e : spent_) {
    left -= e.amount;
    if (left + wanted <= limit.amount) return e.last + limit.span - now;
  }
  return microseconds{0};  // not reached: alone it fits
}

void spending_window::add(std::uint64_t amount, const spending_limit& limit, microseconds now) {
  sum_ += amount;
  if (!spent_.empty() && now - spent_.back().first < limit.span / parts) {
    spent_.back().last = now;
    spent_.back().amount += amount;
    return;
  }
  spent_.push_back({now, now, amount});
}

void spending_window::give_back(std::uint64_t amount, microseconds when) {
  for (auto& e : spent_) {
    if (when < e.first || when > e.last) continue;
    const std::uint64_t back = std::min(amount, e.amount);
    e.amount -= back;
    sum_ -= back;
    return;
  }
}

}  // namespace roomlog
