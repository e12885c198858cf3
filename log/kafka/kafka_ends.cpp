#include "log/kafka/kafka_ends.h"

#include <pthread.h>

#include <utility>

#include "log/kafka/kafka_bounds.h"

namespace roomlog {
namespace {

constexpr std::chrono::milliseconds answer_wait{3'000};

}  // namespace

kafka_ends::kafka_ends(rd_kafka_t* client, std::string topic)
    : client_(client), topic_(std::move(topic)) {
  thread_ = std::thread([this] { run(); });
}

void kafka_ends::ask(partition_id partition, asker done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      waiting_[partition].push_back(std::move(done));
      asked_.notify_one();
      return;
    }
  }
  done(error{errc::closed, "the log is closed"});
}

void kafka_ends::begin_stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_one();
}

void kafka_ends::stop() {
  begin_stop();
  if (thread_.joinable()) thread_.join();
}

void kafka_ends::run() {
  pthread_setname_np(pthread_self(), "kafka-ends");
  for (;;) {
    questions asked;
    {
      std::unique_lock lock(mutex_);
      asked_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      asked = std::exchange(waiting_, {});
      if (stopping_) {
        lock.unlock();
        for (auto& [partition, askers] : asked) {
          for (auto& done : askers) done(error{errc::closed, "the log is closed"});
        }
        return;
      }
    }
    answer(std::move(asked));
  }
}

void kafka_ends::answer(questions asked) {
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
