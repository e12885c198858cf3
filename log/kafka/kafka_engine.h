// The parts of the Kafka engine put together.
//
// Threads, besides librdkafka's own:
//   caller of append   hands records to librdkafka itself, under the partition's lock
//   kafka-reports      delivery reports ┐ whichever comes second
//   kafka-tail         records          ┘ answers an append
//   kafka-upkeep       makes a new producer after a fatal error, and sees what is to be asked
// and one of each for every leader, as what waits for one broker keeps no other waiting:
//   kafka-ends         asks where partitions end
//   kafka-reads        reads the storage for threads that do not wait for it
//   kafka-asks         looks into what brokers refused, compares what was read with the log, opens
//                      late partitions, follows leaders and starts
#pragma once

#include <functional>
#include <memory>

#include "log/engine_base.h"
#include "log/kafka/kafka_append_path.h"
#include "log/kafka/kafka_comparison.h"
#include "log/kafka/kafka_ends.h"
#include "log/kafka/kafka_late_openings.h"
#include "log/kafka/kafka_leader_watch.h"
#include "log/kafka/kafka_options.h"
#include "log/kafka/kafka_questions.h"
#include "log/kafka/kafka_reader.h"
#include "log/kafka/kafka_reads.h"
#include "log/kafka/kafka_refusals.h"
#include "log/kafka/kafka_tail.h"
#include "log/kafka/kafka_upkeep.h"

namespace roomlog {

class kafka_engine final : public engine_base,
                           private kafka_append_owner,
                           private kafka_tail_owner {
 public:
  // `client` is one to ask about the topic; `at_opening` says where the partitions stand, those that
  // have a leader; `options.followed` are valid. `clock` outlives it.
  kafka_engine(const kafka_log_options& options, kafka_client client,
               std::vector<std::optional<log_bounds>> at_opening, const clock_source& clock);
  ~kafka_engine() override;

  // Once, before anything else: makes the clients and starts the threads.
  result<> start();
  // Once, when the log has its identity: from now on another topic of the same name is found out.
  void remember_topic() { comparison_.remember_topic(); }
  // Once the identity is set: partitions that were absent are opened when they have a leader.
  // `codec` outlives it.
  void open_the_rest(const identity_codec& codec) { late_.begin(codec); }

  std::uint32_t partitions() const override;
  result<> append(partition_id partition, std::vector<append_entry> entries,
                  append_handler done) override;
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from,
                                                   std::size_t bytes_max) override {
    return reads_.read(partition, from, bytes_max);
  }
  result<std::shared_ptr<const record_batch>> read_without_waiting(partition_id partition,
                                                                   offset from,
                                                                   std::size_t bytes_max) override {
    return reads_.read_without_waiting(partition, from, bytes_max);
  }
  log_bounds bounds(partition_id partition) const override;
  result<> trim(partition_id partition, offset below) override;
  bool is_open(partition_id partition) const override {
    return partitions_.at(partition.value)->is_open();
  }
  bool sole_writer() const override { return false; }
  void find_end(partition_id partition, std::function<void(result<offset>)> done) override;
  std::unique_ptr<follow_handle> follow(partition_id partition,
                                        std::function<void()> on_end) override;
  append_load load(partition_id partition) const override {
    return {partitions_.at(partition.value)->appends.bytes(), appends_.bytes(),
            appends_.bytes_max()};
  }
  std::string failure() const override { return appends_.failure(); }
  void close() override;

 private:
  void add_stats(log_stats& to) const override;
  // Of all parts.
  void on_refused(kafka_partition& partition, rd_kafka_resp_err_t code) override;
  void look_into(kafka_partition& partition, rd_kafka_resp_err_t code) override;
  void on_trouble(rd_kafka_resp_err_t code, const std::string& why) override;
  void stop_partition(kafka_partition& partition, const error& why) override;
  // Of the appends.
  void on_report_failed(kafka_partition& partition, rd_kafka_resp_err_t code) override;
  void on_answered(const kafka_answers& answers) override;
  void on_upkeep_wanted() override { upkeep_.wake(); }
  // Of the tail.
  void on_records(kafka_partition& partition) override;
  void on_damage(kafka_partition& partition, const std::string& why) override;

  void look_after_everything();  // of the upkeep
  void ask_what_is_due(std::chrono::microseconds now);
  void notify_all_partitions();

  const kafka_log_options options_;
  const clock_source& clock_;
  kafka_partitions partitions_;
  // Asks questions: on the tail's connections an answer would wait behind a fetch that waits.
  kafka_client client_;
  kafka_topic_inquiry inquiry_;
  kafka_reach reach_;
  kafka_reader_pool readers_;
  kafka_append_path appends_;
  kafka_reads reads_;
  kafka_ends ends_;
  kafka_comparison comparison_;
  kafka_refusals refusals_;
  kafka_late_openings late_;
  kafka_questions questions_;
  kafka_leader_watch leaders_;
  std::unique_ptr<kafka_tail> tail_;
  kafka_upkeep upkeep_;

  // Of the upkeep thread.
  bool failure_told_ = false;
  std::chrono::microseconds compared_at_{}, rested_at_{};

  std::mutex closing_;
  bool closed_ = false;
  std::atomic<std::uint64_t> broker_errors_{0};
};

}  // namespace roomlog
