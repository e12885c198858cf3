#include "pushers/rooms/seq_set.h"

#include <algorithm>

namespace roomlog {

// The first range that ends behind `seq`, or at it.
seq_set::place seq_set::find(seq_no seq) {
  return std::partition_point(ranges_.begin(), ranges_.end(),
                              [&](const range& r) { return r.until < seq; });
}

void seq_set::add(seq_no seq) {
  const auto at = find(seq);
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

seq_no seq_set::skip(seq_no from, seq_no end) {
  auto at = find(from);
  if (at != ranges_.end() && at->from <= from && from < end) from = std::min(at->until, end);
  while (at != ranges_.end() && at->until <= from) ++at;
  if (at != ranges_.end()) at->from = std::max(at->from, from);
  ranges_.erase(ranges_.begin(), at);
  if (ranges_.size() < ranges_.capacity() / 4 || ranges_.empty()) ranges_.shrink_to_fit();
  return from;
}

bool seq_set::contains(seq_no seq) const {
  return first_from(seq, next(seq)) == seq;
}

seq_no seq_set::first_from(seq_no from, seq_no end) const {
  const auto at = std::partition_point(ranges_.begin(), ranges_.end(),
                                       [&](const range& r) { return r.until <= from; });
  return at == ranges_.end() ? end : std::min(std::max(at->from, from), end);
}

}  // namespace roomlog
