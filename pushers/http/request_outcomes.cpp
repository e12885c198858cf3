#include "pushers/http/request_outcomes.h"

#include <algorithm>
#include <utility>

namespace roomlog {

answer_key request_outcomes::expect(taker take) {
  const std::lock_guard lock(mutex_);
  const auto key = make_answer_key(requests_place, ++last_);
  takers_.emplace(key, std::move(take));
  return key;
}

void request_outcomes::forget(answer_key key) {
  (void)taken(key);  // let go of without the lock
}

request_outcomes::taker request_outcomes::taken(answer_key key) {
  const std::lock_guard lock(mutex_);
  auto node = takers_.extract(key);
  return node.empty() ? taker() : std::move(node.mapped());
}

void request_outcomes::take_from(std::vector<addressed_outcome>& answers) {
  const auto to_requests = [](const addressed_outcome& a) { return a.to.shard == requests_place; };
  const auto first = std::ranges::find_if(answers, to_requests);
  if (first == answers.end()) return;
  const auto rest = std::stable_partition(
      first, answers.end(), [&](const addressed_outcome& a) { return !to_requests(a); });
  for (auto at = rest; at != answers.end(); ++at)
    if (const auto take = taken(at->to.connection)) take(*at);
  answers.erase(rest, answers.end());
}

std::size_t request_outcomes::waiting() const {
  const std::lock_guard lock(mutex_);
  return takers_.size();
}

}  // namespace roomlog
