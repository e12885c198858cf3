// Which nicks are connected: at most so many, the least recently used one makes room for a new one,
// and when they may connect again says clients/cpp/reconnect_policy.h.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "app/feed/feed_lane.h"
#include "clients/cpp/reconnect_policy.h"

namespace roomlog {

// One thread. Lanes outlive it.
class feed_connections {
 public:
  // `begin` connects the lane.
  feed_connections(boost::asio::io_context& io, std::size_t connections_max,
                   std::function<void(feed_lane&)> begin);

  // Connects it now, or as soon as there is room and the server may be tried again.
  void want(feed_lane& lane);
  // Connects it now if that needs no waiting, since it will be needed soon.
  void prefer(feed_lane& lane);
  void opened(feed_lane& lane);
  // `retry_after`: what the server asked for; 0: nothing. A lane that still wants one asks again.
  enum class loss : std::uint8_t { harmless, failure };
  void lost(feed_lane& lane, loss how, std::chrono::milliseconds retry_after);
  // It has nothing to do any more: a lane that waits may have its place.
  void rested(feed_lane& lane);
  void close_all();

  std::chrono::milliseconds backoff(unsigned attempt) { return policy_.back_off(attempt); }
  const std::list<feed_lane*>& connected() const { return by_use_; }

 private:
  using steady = std::chrono::steady_clock;

  void used(feed_lane& lane);
  bool make_room();
  void serve_waiting();
  void arm();

  std::size_t connections_max_;
  std::function<void(feed_lane&)> begin_;
  boost::asio::steady_timer timer_;
  client::reconnect_policy policy_{std::random_device{}()};
  std::list<feed_lane*> by_use_;  // least recently used first
  std::unordered_map<feed_lane*, std::list<feed_lane*>::iterator> place_;
  std::deque<feed_lane*> waiting_;
  std::unordered_set<feed_lane*> is_waiting_;
  std::unordered_map<feed_lane*, steady::time_point> began_;
};

}  // namespace roomlog
