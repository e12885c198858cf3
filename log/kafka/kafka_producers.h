// The producer of the moment: made at the first append, and made anew after a fatal error.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "log/kafka/kafka_options.h"
#include "log/kafka/kafka_producer.h"

namespace roomlog {

// Thread-safe. The old one is gone before there is a new one: what it still had on its way cannot
// come behind what the new one sends.
class kafka_producers {
 public:
  // A producer and the number that appends remember it by.
  struct numbered {
    std::shared_ptr<kafka_producer> producer;
    std::uint64_t number = 0;
  };
  // Is told of a producer that is gone, and why: its appends get no report any more.
  using mourner = std::function<void(std::uint64_t number, const std::string& why)>;

  // `options` and `owner` outlive it.
  kafka_producers(const kafka_log_options& options, kafka_producer_owner& owner)
      : options_(options), owner_(owner) {}

  // errc::full while one is being replaced; errc::invalid as make_kafka_client().
  result<numbered> present();
  // The present one has failed: renew() is to follow.
  void fail(const std::string& why);
  // What was not sent yet is reported as failed.
  void purge_unsent();

  // Retires one that has failed, and lets the next append make another, one a second at most: a
  // cluster that refuses every producer is not flooded with them. One thread.
  void renew(std::chrono::microseconds now, const mourner& gone);
  // Retires the last one; none follows.
  void close(const std::string& why, const mourner& gone);

  std::uint64_t made() const { return made_.load(std::memory_order_relaxed); }

 private:
  static void retire(numbered old, const std::string& why, const mourner& gone);

  const kafka_log_options& options_;
  kafka_producer_owner& owner_;
  std::mutex mutex_;
  numbered present_;
  std::string failed_;  // why the producer is to be renewed
  std::atomic<std::uint64_t> made_{0};
  std::chrono::microseconds renewed_at_{};
};

}  // namespace roomlog
