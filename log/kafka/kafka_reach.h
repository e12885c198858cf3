// What brokers said last of themselves: whether any of them answers, and which partitions have
// no leader.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "log/base/types.h"
#include "log/log_stats.h"

namespace roomlog {

// "3, 5"
inline std::string describe_partitions(const std::vector<partition_id>& partitions) {
  std::string out;
  for (const partition_id one : partitions) {
    out += (out.empty() ? "" : ", ") + std::to_string(one.value);
  }
  return out;
}

// Thread-safe. Times are of the steady clock.
class kafka_reach {
 public:
  explicit kafka_reach(std::chrono::microseconds opened) : answered_(opened) {}

  // A broker answered, and says that these have no leader. What is news in that, for people; empty:
  // nothing.
  std::string note_answer(std::chrono::microseconds now, std::vector<partition_id> leaderless) {
    const std::lock_guard lock(mutex_);
    std::string news = silent_ ? "brokers answer again" : "";
    if (leaderless != leaderless_) {
      if (!news.empty()) news += "; ";
      news += leaderless.empty()
                  ? "every partition has a leader again"
                  : "these partitions have no leader: " + describe_partitions(leaderless);
    }
    answered_ = now;
    silent_ = false;
    leaderless_ = std::move(leaderless);
    return news;
  }
  // None answered; what they said of leaders stands.
  std::string note_silence() {
    const std::lock_guard lock(mutex_);
    return std::exchange(silent_, true) ? "" : "no broker answers";
  }

  // A broker answers, and every partition has a leader.
  bool is_whole() const {
    const std::lock_guard lock(mutex_);
    return !silent_ && leaderless_.empty();
  }
  bool is_silent() const {
    const std::lock_guard lock(mutex_);
    return silent_;
  }
  bool is_leaderless(partition_id partition) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(leaderless_, partition) != leaderless_.end();
  }

  void add_to(log_stats& stats, std::chrono::microseconds now) const {
    const std::lock_guard lock(mutex_);
    stats.leaderless = leaderless_;
    if (!silent_) return;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - answered_);
    stats.silent_for = std::max(since, std::chrono::milliseconds{1});
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::microseconds answered_;
  bool silent_ = false;
  std::vector<partition_id> leaderless_;
};

}  // namespace roomlog
