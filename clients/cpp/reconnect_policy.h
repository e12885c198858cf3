// When a client may try to connect again. One policy serves all connections to one server: after a
// failure all of them wait, and connections that one event took down count as one failure. Pure:
// the caller has the clock.
#pragma once

#include <chrono>
#include <random>

namespace roomlog::client {

// 1, 2, 4, 8 … 30 s for attempt 1, 2, 3 …, times a factor of [0.5, 1].
std::chrono::milliseconds back_off(unsigned attempt, std::minstd_rand& random);

class reconnect_policy {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit reconnect_policy(unsigned seed) : random_(seed) {}

  void opened() { failures_ = 0; }
  // A connection whose attempt began at `began` failed. `retry_after`: what the server asked for; 0:
  // nothing.
  void failed(time_point began, time_point now, std::chrono::milliseconds retry_after);

  bool is_failing() const { return failures_ > 0; }
  time_point not_before() const { return not_before_; }
  std::chrono::milliseconds back_off(unsigned attempt) {
    return client::back_off(attempt, random_);
  }

 private:
  std::minstd_rand random_;
  unsigned failures_ = 0;  // in a row
  time_point not_before_{}, failed_at_{};
};

}  // namespace roomlog::client
