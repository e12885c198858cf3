// How much was spent within a span of time, for one budget of one user. Times are kept to a 64th of
// the span and rounded up, so never more than the limit is let through in any span, and memory is
// 64 entries at most whatever the limit is:
//
//   span      |── 3 ──|── 1 ──|       |── 2 ──|        each counts until its last one is a span old
//                                              now
//
// Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace roomlog {

struct spending_limit {
  std::uint64_t amount = 0;  // 0: no limit
  std::chrono::microseconds span{};
};

class spending_window {
 public:
  // How long until `amount` more is within the limit; 0: it is now. More than the whole limit is
  // let through when nothing else counts, and takes all of it. Times never go back.
  std::chrono::microseconds wait_for(std::uint64_t amount, const spending_limit& limit,
                                     std::chrono::microseconds now);
  void add(std::uint64_t amount, const spending_limit& limit, std::chrono::microseconds now);
  // What was added at this time counts no more.
  void give_back(std::uint64_t amount, std::chrono::microseconds when);
  void drop_old(const spending_limit& limit, std::chrono::microseconds now);
  bool empty() const { return spent_.empty(); }
  std::size_t entries() const { return spent_.size(); }

 private:
  struct entry {
    std::chrono::microseconds first, last;
    std::uint64_t amount;
  };
  std::vector<entry> spent_;  // oldest first
  std::uint64_t sum_ = 0;
};

}  // namespace roomlog
