// Looks into what brokers refused, until it is known what is behind it: reading goes on, or the
// partition stops.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/kafka/kafka_comparison.h"
#include "log/kafka/kafka_inquiry.h"
#include "log/kafka/kafka_partition_owner.h"

namespace roomlog {

// Thread-safe; of one partition one thread looks at a time. Holds one refusal of each partition, the
// first.
class kafka_refusals {
 public:
  // Asks brokers again for what follows the end of a partition; false where that is not possible
  // now.
  using resumer = std::function<bool(const kafka_partition& partition)>;

  // All outlive it.
  kafka_refusals(std::string topic, const kafka_partitions& partitions,
                 const kafka_inquiry& inquiry, kafka_comparison& comparison, resumer resume,
                 kafka_partition_owner& owner, const clock_source& clock)
      : topic_(std::move(topic)),
        partitions_(partitions),
        inquiry_(inquiry),
        comparison_(comparison),
        resume_(std::move(resume)),
        owner_(owner),
        clock_(clock) {}

  void note(const kafka_partition& partition, rd_kafka_resp_err_t code);
  std::vector<kafka_partition*> due(std::chrono::microseconds now) const;
  // Waits for brokers.
  void look_into(kafka_partition& partition);

 private:
  struct refusal {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::chrono::microseconds look_at{};
    int looked = 0;
  };

  // All of these: false: look again later.
  bool look(kafka_partition& partition, refusal& about);
  bool look_for_position(kafka_partition& partition, refusal& about);
  bool look_for_topic(kafka_partition& partition, refusal& about);
  bool resume(kafka_partition& partition);

  const std::string topic_;
  const kafka_partitions& partitions_;
  const kafka_inquiry& inquiry_;
  kafka_comparison& comparison_;
  const resumer resume_;
  kafka_partition_owner& owner_;
  const clock_source& clock_;
  mutable std::mutex mutex_;
  std::map<partition_id, refusal> open_;
};

}  // namespace roomlog
