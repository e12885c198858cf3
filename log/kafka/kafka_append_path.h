// The way of an append on Kafka: the bound of what waits, the hand-over to a producer, its reports,
// and the answer, which waits for the records to be read back.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "log/append_budget.h"
#include "log/base/clock.h"
#include "log/kafka/kafka_partition_owner.h"
#include "log/kafka/kafka_producers.h"

namespace roomlog {

// Hears on any thread; must not block.
class kafka_append_owner : public kafka_partition_owner {
 public:
  // Once for each append() that was taken, after it was answered.
  virtual void on_answered(const kafka_answers& answers) = 0;
  // A record was not appended.
  virtual void on_report_failed(kafka_partition& partition, rd_kafka_resp_err_t code) = 0;
  // Connections were lost; librdkafka goes on trying.
  virtual void on_trouble(rd_kafka_resp_err_t code, const std::string& why) = 0;
  // Something waits for renew_producer(), or appends have stopped for good: failure() says so.
  virtual void on_upkeep_wanted() = 0;
};

// Thread-safe. No queue and no thread of our own stands between a caller and librdkafka, whose queue
// it is: one wake less on the way of every append.
class kafka_append_path final : private kafka_producer_owner {
 public:
  // All outlive it.
  kafka_append_path(const kafka_log_options& options, const kafka_partitions& partitions,
                    const clock_source& clock, kafka_append_owner& owner)
      : options_(options),
        partitions_(partitions),
        clock_(clock),
        owner_(owner),
        budget_(options.append_queue_bytes_max),
        producers_(options, *this) {}

  // As log::append(), to a partition that there is.
  result<> append(kafka_partition& to, std::vector<append_entry> entries, append_handler done);
  // Answers what is due, after records were read back or reading back has stopped.
  void answer_due(kafka_partition& partition);
  // Appends stop for good. False where they have stopped already.
  bool fail(const std::string& why);

  // Of the upkeep thread: what a failed producer had is given up, and another one follows; reports
  // without an offset are given up in time.
  void renew_producer(std::chrono::microseconds now);
  void answer_unplaced();

  // In this order: nothing more is taken; the brokers have a second to answer; the rest is given up.
  void begin_close() { budget_.close(); }
  void wait_a_moment();
  void close();

  result<> check_open() const { return budget_.check_open(); }
  std::string failure() const { return budget_.failure(); }
  std::size_t bytes() const { return budget_.bytes(); }
  std::size_t bytes_max() const { return budget_.bytes_max(); }
  std::uint64_t producers_made() const { return producers_.made(); }

 private:
  void on_report(partition_id partition, kafka_append* call, rd_kafka_resp_err_t code,
                 kafka_delivery_report what) override;
  void on_reports_taken(std::span<const partition_id> touched) override;
  void on_fatal(const std::string& why) override;
  void on_trouble(rd_kafka_resp_err_t code, const std::string& why) override {
    owner_.on_trouble(code, why);
  }
  result<> hand_over(kafka_partition& to, std::unique_ptr<kafka_append> call);
  void answer(kafka_answers due);
  void give_up(std::uint64_t producer, const std::string& why);

  const kafka_log_options& options_;
  const kafka_partitions& partitions_;
  const clock_source& clock_;
  kafka_append_owner& owner_;
  append_budget budget_;
  kafka_producers producers_;
};

// Whether the topic, or this partition of it, may be gone.
bool is_missing_kafka_topic(rd_kafka_resp_err_t code);

}  // namespace roomlog
