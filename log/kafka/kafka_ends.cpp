#include "log/kafka/kafka_ends.h"

#include <utility>

#include "log/kafka/kafka_bounds.h"

namespace roomlog {
namespace {

constexpr std::chrono::milliseconds answer_wait{3'000};

error closed() {
  return {errc::closed, "the log is closed"};
}

}  // namespace

kafka_ends::kafka_ends(rd_kafka_t* client, std::string topic)
    : client_(client), topic_(std::move(topic)) {}

void kafka_ends::ask(partition_id partition, std::int32_t leader, asker done) {
  bool stopped = false, first = false;
  {
    const std::lock_guard lock(mutex_);
    stopped = stopping_;
    if (!stopped) {
      first = !waiting_.contains(leader);
      waiting_[leader][partition].push_back(std::move(done));
    }
  }
  if (stopped) return done(closed());
  if (first && !lanes_.post(leader, [this, leader] { answer(leader); })) answer(leader);
}

void kafka_ends::begin_stop() {
  decltype(waiting_) left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(waiting_);
  }
  lanes_.begin_stop();
  for (auto& [leader, asked] : left) {
    for (auto& [partition, askers] : asked) {
      for (auto& done : askers) done(closed());
    }
  }
}

void kafka_ends::stop() {
  begin_stop();
  lanes_.stop();
}

void kafka_ends::answer(std::int32_t leader) {
  questions asked;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(leader);
    if (found == waiting_.end()) return;  // stopped
    asked = std::move(found->second);
    waiting_.erase(found);
  }
  std::vector<partition_id> partitions;
  for (const auto& [partition, askers] : asked) partitions.push_back(partition);
  const auto ends = kafka_bounds(client_, topic_, partitions, kafka_bound::end, answer_wait);
  std::size_t i = 0;
  for (auto& [partition, askers] : asked) {
    const auto& end = ends[i++];
    for (auto& done : askers) {
      if (end) {
        done(*end);
      } else {
        done(error{errc::unavailable, end.error().text});
      }
    }
  }
}

}  // namespace roomlog
