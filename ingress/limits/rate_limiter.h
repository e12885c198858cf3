// How many messages a user may send: at most so many in any second, and in any minute. Counted
// exactly, by the times of the last ones, not by buckets that let twice as many through at a
// window's edge.
//
//   per_second 3:   |x..x...x|            the 4th must wait until the first x is a second old
//                   0        1 s
//
// Memory: 8 bytes for each message of the last minute, at most per_minute a user; users who sent
// nothing for a minute are forgotten. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "ingress/limits/user_table.h"

namespace roomlog {

struct rate_limits {
  std::uint32_t per_second = 0;  // 0: no limit
  std::uint32_t per_minute = 0;
};

struct rate_refusal {
  const char* limit;             // user_per_second or user_per_minute
  std::uint32_t retry_after_ms;  // not below 1: after so long it would be taken
};

// Rounded up, so that it is over after so long.
std::uint32_t whole_ms(std::chrono::microseconds wait);

// A message that was counted, to be taken back if it was refused after all.
using rate_stamp = std::chrono::microseconds;

class rate_limiter {
 public:
  explicit rate_limiter(rate_limits limits) : limits_(limits) {}

  // `user` with the tenant. `now` is steady time. A refusal counts nothing.
  std::variant<rate_stamp, rate_refusal> take(std::string_view user, std::chrono::microseconds now);
  void give_back(std::string_view user, rate_stamp stamp);
  // To be called now and then: forgets idle users, a part of them each time.
  void forget_idle(std::chrono::microseconds now);
  std::size_t users() const { return users_.size(); }

 private:
  // Times of the messages that count, oldest first, as a ring.
  struct history {
    std::vector<std::chrono::microseconds> times;
    std::size_t first = 0, count = 0;

    std::chrono::microseconds from_latest(std::size_t n) const;
    void push(std::chrono::microseconds t);
    void pop_oldest();
    void remove(std::chrono::microseconds t);
  };
  std::variant<rate_stamp, rate_refusal> take_of(history& sent,
                                                 std::chrono::microseconds now) const;
  void drop_old(history& of, std::chrono::microseconds now) const;

  const rate_limits limits_;
  user_table<history> users_;
};

}  // namespace roomlog
