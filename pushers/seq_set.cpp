#include "pushers/seq_set.h"

#include <algorithm>

namespace roomlog {

void seq_set::add(seq_no seq) {
  // The first range that `seq` could belong to or extend.
  auto at =
      std::find_if(ranges_.begin(), ranges_.end(), [&](const range& r) { return r.until >= seq; });
  if (at == ranges_.end() || at->from > next(seq)) {
    ranges_.insert(at, range{seq, next(seq)});
    return;
  }
  at->from = std::min(at->from, seq);
  at->until = std::max(at->until, next(seq));
  const auto after = at + 1;
  if (after != ranges_.end() && after->from <= at->until) {
    at->until = std::max(at->until, after->until);
    ranges_.erase(after);
  }
}

seq_no seq_set::skip(seq_no from) {
  auto at = ranges_.begin();
  for (; at != ranges_.end() && at->from <= from; ++at) from = std::max(from, at->until);
  ranges_.erase(ranges_.begin(), at);
  if (ranges_.empty()) ranges_.shrink_to_fit();
  return from;
}

bool seq_set::contains(seq_no seq) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const range& r) { return r.from <= seq && seq < r.until; });
}

seq_no seq_set::first_from(seq_no from, seq_no none) const {
  for (const auto& r : ranges_)
    if (r.until > from) return std::max(r.from, from);
  return none;
}

}  // namespace roomlog
