// One idempotent producer of librdkafka and the thread that takes its delivery reports. After a
// fatal error it is of no use any more: its owner makes another one.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "log/kafka/kafka_appends.h"
#include "log/kafka/kafka_client.h"

namespace roomlog {

class kafka_producer;

// Hears of a producer on that producer's thread.
class kafka_producer_owner {
 public:
  virtual ~kafka_producer_owner() = default;
  // One report for each record that send() has accepted.
  virtual void on_report(partition_id partition, kafka_append* call, rd_kafka_resp_err_t code,
                         kafka_delivery_report what) = 0;
  // After some reports, with the partitions that they were of: for what is done once for many.
  virtual void on_reports_taken(std::span<const partition_id> touched) = 0;
  // Once; the producer takes nothing more.
  virtual void on_fatal(const std::string& why) = 0;
  // Something went wrong that librdkafka goes on trying to mend.
  virtual void on_trouble(rd_kafka_resp_err_t code, const std::string& why) = 0;
};

class kafka_producer {
 public:
  using headers = std::vector<std::pair<std::string, std::string>>;

  // `owner` outlives it. errc::invalid as make_kafka_client().
  static result<std::unique_ptr<kafka_producer>> make(const kafka_connection& to,
                                                      const std::string& topic, const headers& with,
                                                      kafka_producer_owner& owner);
  // Destroys the client; reports that were not taken by then never come.
  ~kafka_producer();

  // Returns at once; what the entry holds stays where it is until its report. Not blocking.
  //   errc::full     librdkafka's own queue is full, or the producer has failed and is replaced
  //   errc::invalid  larger than message.max.bytes
  result<> send(partition_id partition, const append_entry& entry, kafka_append* call);

  // What was not sent is reported as failed, about at once; with `all`, also what is on its way.
  enum class purged { unsent, all };
  void purge(purged what);
  // False when `wait` passes before every report was taken.
  bool wait_until_empty(std::chrono::milliseconds wait);

 private:
  kafka_producer(kafka_client client, const std::string& topic, const headers& with,
                 kafka_producer_owner& owner);
  void run();
  void take_reports(rd_kafka_event_t* event);
  std::optional<offset> offset_of(const rd_kafka_message_t& message);
  void check_fatal();

  kafka_producer_owner& owner_;
  kafka_client client_;
  kafka_topic topic_;
  kafka_queue reports_;
  kafka_headers headers_;
  // Of the thread.
  bool fatal_ = false;
  std::vector<partition_id> touched_;
  std::map<std::int32_t, std::int64_t> unplaced_;  // by partition: the offset not to be believed
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace roomlog
