// Compares what was read with what stands in the log now: librdkafka does not notice a topic that is
// made anew under open connections.
//
//   every second one partition:  the record that was its last a round ago, as behind it there may be
//                                records by now that were read from the new topic
//   after any doubt:             the last record that was read before it
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "log/kafka/kafka_partition_owner.h"

namespace roomlog {

// Thread-safe. Another record than the one that was read stops its partition; what cannot be read
// now is compared later. Holds two records of each partition at most.
class kafka_comparison {
 public:
  // One record of the log as it is now; errors as kafka_reader::read().
  using record_reader = std::function<result<std::shared_ptr<const record_batch>>(
      partition_id partition, offset at, std::chrono::milliseconds wait)>;

  // All outlive it.
  kafka_comparison(const kafka_partitions& partitions, record_reader read,
                   kafka_partition_owner& owner)
      : partitions_(partitions), read_(std::move(read)), owner_(owner) {}

  // What was read last, before anything that may be read from somewhere else.
  void remember_last(const kafka_partition& partition);
  void remember_all();
  // A record of the topic as it is at the start. Waits for brokers.
  void remember_topic();

  // Whose turn it is in the round; null where that one is not read. One thread.
  kafka_partition* next_in_round();
  // Of which something is remembered.
  std::vector<kafka_partition*> due() const;

  // These wait for brokers. The first remembers what is to be compared a round later.
  void begin_round(const kafka_partition& partition);
  void compare_remembered(kafka_partition& partition);
  // Whether what is remembered of the partition, if anything, was compared. False: it could not be
  // read now.
  bool confirm(kafka_partition& partition);

 private:
  using record = std::shared_ptr<const record_batch>;
  // False: it could not be read now.
  bool compare(kafka_partition& partition, const record_batch& ours);
  void stop(kafka_partition& partition, offset at);

  const kafka_partitions& partitions_;
  const record_reader read_;
  kafka_partition_owner& owner_;
  std::size_t next_ = 0;  // of the round

  mutable std::mutex mutex_;
  std::map<partition_id, record> to_compare_;  // the last record that was read
  std::map<partition_id, record> anchors_;     // read when the partition was compared last
};

}  // namespace roomlog
