// How the log on Kafka is read: from the tail, or from brokers, with and without waiting for them.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "log/kafka/kafka_inquiry.h"
#include "log/kafka/kafka_lanes.h"
#include "log/kafka/kafka_partition.h"
#include "log/kafka/kafka_reach.h"

namespace roomlog {

// Thread-safe.
class kafka_reads {
 public:
  using answer = result<std::shared_ptr<const record_batch>>;
  // Records of brokers from `from` on, below `end`; as kafka_reader_pool::read().
  using storage = std::function<answer(partition_id partition, offset from, offset end,
                                       std::size_t bytes_max, std::chrono::milliseconds wait)>;
  // A leader did not answer, or refused a position that it should have: another one may lead.
  using worrier = std::function<void()>;

  // All outlive it.
  kafka_reads(std::string topic, const kafka_partitions& partitions, storage read,
              const kafka_inquiry& inquiry, const kafka_reach& reach, worrier worry)
      : topic_(std::move(topic)),
        partitions_(partitions),
        storage_(std::move(read)),
        inquiry_(inquiry),
        reach_(reach),
        worry_(std::move(worry)) {}

  // As those of log.
  answer read(partition_id partition, offset from, std::size_t bytes_max);
  answer read_without_waiting(partition_id partition, offset from, std::size_t bytes_max);

  // From now on nothing is read without waiting for it; reads go on. Idempotent.
  void begin_stop() { lanes_.begin_stop(); }
  void stop() { lanes_.stop(); }

  std::uint64_t from_tail() const { return from_tail_.load(std::memory_order_relaxed); }
  std::uint64_t from_storage() const { return from_storage_.load(std::memory_order_relaxed); }

 private:
  // What the tail, or where the partition stands, has to say; nothing: brokers are to be read.
  std::optional<answer> read_here(partition_id partition, offset from, std::size_t bytes_max);
  answer read_storage(kafka_partition& partition, offset from, std::size_t bytes_max);
  void note_answer(kafka_partition& partition, bool answered);
  answer after_refusal(kafka_partition& partition, offset from, const error& refused);

  const std::string topic_;
  const kafka_partitions& partitions_;
  const storage storage_;
  const kafka_inquiry& inquiry_;
  const kafka_reach& reach_;
  const worrier worry_;
  std::atomic<std::uint64_t> from_tail_{0}, from_storage_{0};
  kafka_lanes lanes_{"kafka-reads"};
};

// Of a partition that has had no leader since the log was opened.
error never_led(const std::string& topic, partition_id partition);

}  // namespace roomlog
