#include "log/kafka/kafka_lanes.h"

#include <pthread.h>

#include <system_error>
#include <utility>
#include <vector>

namespace roomlog {
namespace {

// Clusters have more brokers than that, seldom; then some of them share a thread.
constexpr std::int32_t lanes_max = 32;

}  // namespace

kafka_lanes::lane* kafka_lanes::lane_of(std::int32_t leader) {
  auto& found = lanes_[leader < 0 ? -1 : leader % lanes_max];
  if (found) return found.get();
  auto made = std::make_unique<lane>();
  try {
    made->thread = std::thread([this, mine = made.get()] { run(*mine); });
  } catch (const std::system_error&) {
    return nullptr;
  }
  found = std::move(made);
  return found.get();
}

bool kafka_lanes::post(std::int32_t leader, job work) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  auto* const its = lane_of(leader);
  if (its == nullptr) return false;
  its->jobs.push_back(std::move(work));
  its->filled.notify_one();
  return true;
}

void kafka_lanes::run(lane& mine) {
  (void)pthread_setname_np(pthread_self(), name_.c_str());  // a name is a convenience
  std::unique_lock lock(mutex_);
  for (;;) {
    mine.filled.wait(lock, [&] { return stopping_ || !mine.jobs.empty(); });
    if (stopping_) return;
    auto next = std::move(mine.jobs.front());
    mine.jobs.pop_front();
    lock.unlock();
    next();
    next = nullptr;  // what it holds is let go of without the lock
    lock.lock();
  }
}

void kafka_lanes::begin_stop() {
  std::vector<std::deque<job>> dropped;  // after the lock
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& [leader, one] : lanes_) {
    if (!one) continue;
    dropped.push_back(std::exchange(one->jobs, {}));
    one->filled.notify_one();
  }
}

void kafka_lanes::stop() {
  begin_stop();
  for (const auto& [leader, one] : lanes_) {  // changes no more
    if (one && one->thread.joinable()) one->thread.join();
  }
}

}  // namespace roomlog
