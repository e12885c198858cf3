// Reads records that the tail no longer has: a few consumers of librdkafka, each at one position of
// one partition, which it keeps, so that a sequential read goes on where the last one ended.
//
// A reader fetches up to 4 MiB when it has nothing left and nothing ahead of that: librdkafka 2.0.2
// looks again at a queue that was full only after up to a second, unless a seek wakes it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "log/kafka/kafka_client.h"
#include "log/record.h"

namespace roomlog {

// The records of one topic as they lie there; one thread at a time.
class kafka_reader {
 public:
  static result<std::unique_ptr<kafka_reader>> make(const kafka_connection& to,
                                                    const std::string& topic);
  ~kafka_reader();

  // At least one record, from `from` on and below `end`; from < end. Offsets without a hole.
  //   errc::timeout       no broker gave any within `wait`; what comes later is there for the same
  //   call errc::out_of_range  the broker has none at `from` errc::damaged       a hole, or a
  //   broken checksum errc::io            the broker refuses for want of rights errc::unavailable
  //   the broker refuses otherwise; says why
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from, offset end,
                                                   std::size_t bytes_max,
                                                   std::chrono::milliseconds wait);
  // Keeps no position; nothing is fetched any more.
  void stop();
  bool stands_at(partition_id partition, offset next) const {
    return started_ && partition_ == partition && next_ == next;
  }
  bool started() const { return started_; }

 private:
  kafka_reader(kafka_client client, const std::string& topic);
  result<> go_to(partition_id partition, offset at);
  // The record at next_, or null after a short wait; an error as read() says.
  result<kafka_message> take(std::chrono::milliseconds wait);
  result<kafka_message> take_wanted(std::chrono::steady_clock::time_point until);
  void begin_waiting(std::chrono::steady_clock::time_point now);
  void wake_fetcher(std::chrono::steady_clock::time_point now);

  kafka_client client_;
  kafka_topic topic_;
  kafka_queue queue_;
  bool started_ = false;
  partition_id partition_{};
  offset next_{};
  kafka_message held_;  // taken, not given out: the record at next_
  // While the record at next_ is waited for: since when, and when the fetcher is woken again.
  bool waiting_ = false;
  std::chrono::steady_clock::time_point waiting_since_, wake_at_;
  std::chrono::milliseconds patience_{};
};

// Thread-safe.
class kafka_reader_pool {
 public:
  // Readers are made when they are needed; at most `readers_max` reads at a time go on, others
  // wait.
  kafka_reader_pool(kafka_connection to, std::string topic, std::size_t readers_max);

  // As kafka_reader::read(); `wait` includes waiting for a reader.
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from, offset end,
                                                   std::size_t bytes_max,
                                                   std::chrono::milliseconds wait);
  // Those that were not used for two seconds let go of what they have fetched; after a minute they
  // are gone. To be called now and then.
  void rest();

 private:
  using time_point = std::chrono::steady_clock::time_point;
  struct place {
    std::unique_ptr<kafka_reader> reader;
    bool busy = false;
    time_point used;
  };
  result<std::shared_ptr<const record_batch>> read_with(kafka_reader& reader,
                                                        partition_id partition, offset from,
                                                        offset end, std::size_t bytes_max,
                                                        time_point until);
  place* acquire(partition_id partition, offset from, time_point until);
  place* choose(partition_id partition, offset from);
  void release(place* used);

  const kafka_connection to_;
  const std::string topic_;
  const std::size_t readers_max_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<place>> places_;
};

}  // namespace roomlog
