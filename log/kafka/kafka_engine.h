// The parts of the Kafka engine put together: partitions, the producer of the moment, the tail, the
// readers, and a thread that looks after them.
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
//                      late partitions, follows the starts
#pragma once

#include <map>
#include <memory>
#include <set>
#include <thread>

#include "log/append_budget.h"
#include "log/engine_base.h"
#include "log/kafka/kafka_ends.h"
#include "log/kafka/kafka_lanes.h"
#include "log/kafka/kafka_log.h"
#include "log/kafka/kafka_metadata.h"
#include "log/kafka/kafka_partition.h"
#include "log/kafka/kafka_producer.h"
#include "log/kafka/kafka_reach.h"
#include "log/kafka/kafka_reader.h"
#include "log/kafka/kafka_tail.h"
#include "log/kafka/kafka_topics.h"

namespace roomlog {

class kafka_engine final : public engine_base,
                           private kafka_producer_owner,
                           private kafka_tail_owner {
 public:
  // `questions` is a client to ask about the topic; `at_opening` says where the partitions stand,
  // those that somebody leads; `options.followed` are valid. `clock` outlives it.
  kafka_engine(const kafka_log_options& options, kafka_client questions,
               std::vector<std::optional<watermarks>> at_opening, const clock_source& clock);
  ~kafka_engine() override;

  // Once, before anything else: makes the clients and starts the threads.
  result<> start();
  // Once, when the log has its identity: from now on another topic of the same name is found out.
  void remember_topic();
  // Once the identity is set: partitions that were absent are opened when somebody leads them.
  // `codec` outlives it.
  void open_the_rest(const identity_codec& codec) { late_codec_ = &codec; }

  std::uint32_t partitions() const override;
  result<> append(partition_id partition, std::vector<append_entry> entries,
                  append_handler done) override;
  result<std::shared_ptr<const record_batch>> read(partition_id partition, offset from,
                                                   std::size_t bytes_max) override;
  result<std::shared_ptr<const record_batch>> read_without_waiting(partition_id partition,
                                                                   offset from,
                                                                   std::size_t bytes_max) override;
  watermarks bounds(partition_id partition) const override;
  result<> trim(partition_id partition, offset below) override;
  bool is_open(partition_id partition) const override {
    return partitions_.at(partition.value)->is_open();
  }
  bool sole_writer() const override { return false; }
  void find_end(partition_id partition, std::function<void(result<offset>)> done) override;
  std::unique_ptr<follow_handle> follow(partition_id partition,
                                        std::function<void()> on_end) override;
  append_load load(partition_id partition) const override {
    return {partitions_.at(partition.value)->appends.bytes(), budget_.bytes(), budget_.bytes_max()};
  }
  std::string failure() const override { return budget_.failure(); }
  void close() override;

 private:
  // A producer and the number that appends remember it by.
  struct numbered_producer {
    std::shared_ptr<kafka_producer> producer;
    std::uint64_t number = 0;
  };
  // What a broker refused, until it is known what is behind it.
  struct suspicion {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::chrono::microseconds look_at{};
    int looked = 0;
  };

  // ---- kafka_engine.cpp ----
  void add_stats(log_stats& to) const override;
  void on_report(partition_id partition, kafka_append* call, rd_kafka_resp_err_t code,
                 kafka_report what) override;
  void on_reports_taken(std::span<const partition_id> touched) override;
  void on_fatal(const std::string& why) override;
  void on_records(kafka_partition& partition) override;
  void on_refused(kafka_partition& partition, rd_kafka_resp_err_t code) override;
  void on_damage(kafka_partition& partition, const std::string& why) override;
  void on_trouble(rd_kafka_resp_err_t code, const std::string& why) override;
  result<numbered_producer> present_producer();
  void remember_last(const kafka_partition& partition);  // with upkeep_mutex_
  void answer(kafka_answers due);
  bool fail(const std::string& why);  // false where it has failed already
  void stop_partition(kafka_partition& partition, const error& why);
  void notify_all_partitions();

  // ---- kafka_reads.cpp ----
  // What the tail, or where the partition stands, has to say; nothing: the storage is to be read.
  error never_led(const kafka_partition& one) const;
  std::optional<kafka_asked_read::answer> read_here(partition_id partition, offset from,
                                                    std::size_t bytes_max);
  kafka_asked_read::answer read_storage(kafka_partition& partition, offset from,
                                        std::size_t bytes_max);
  void note_answer(kafka_partition& partition, bool answered);
  kafka_asked_read::answer after_refusal(kafka_partition& partition, offset from,
                                         const error& refused);

  // ---- kafka_upkeep.cpp: on the thread of that name, which waits for no broker … ----
  void run_upkeep();
  void look_after_everything(std::chrono::microseconds now);
  void wake_upkeep();
  void begin_stop_upkeep();
  bool upkeep_stops();
  void renew_producer(std::chrono::microseconds now);
  void retire(numbered_producer old, const std::string& why);
  // A question about a partition, on its leader's thread; one at a time. False: not now.
  bool ask_about(kafka_partition& partition, std::function<void()> question);
  void look_into_suspicions(std::chrono::microseconds now);
  void refresh_bounds(std::chrono::microseconds now);
  void ask_for_leaders(std::chrono::microseconds now);
  void open_late(std::chrono::microseconds now);
  void compare_some(std::chrono::microseconds now);
  void answer_matches(std::chrono::microseconds now);

  // ---- … and what the threads of kafka-asks do for it, also in kafka_suspicions.cpp ----
  void look_into_suspicion(kafka_partition& partition);
  // False: look again later.
  bool look_into(kafka_partition& partition, suspicion& about);
  bool look_for_position(kafka_partition& partition, suspicion& about);
  bool look_for_topic(kafka_partition& partition, suspicion& about);
  bool resume(kafka_partition& partition);
  void find_bounds(const std::vector<partition_id>& of_one_leader);
  result<kafka_metadata> ask_through_new_client();
  void find_leaders();
  void note_leaders(const rd_kafka_metadata_topic_t& topic, std::chrono::microseconds now);
  // ---- kafka_late.cpp ----
  bool place_late(kafka_partition& partition);
  void check_late(kafka_partition& partition, const identity_codec& codec);
  void append_copy(kafka_partition& partition, const identity_codec& codec);
  // ---- kafka_compare.cpp ----
  void compare_again(const kafka_partition& partition);
  void compare_remembered(kafka_partition& partition);
  // False: the log could not be read now.
  bool compare(kafka_partition& partition, const record_batch& ours);

  const kafka_log_options options_;
  const clock_source& clock_;
  append_budget budget_;
  kafka_partitions partitions_;
  kafka_reach reach_;
  kafka_reader_pool readers_;
  std::unique_ptr<kafka_tail> tail_;
  // Asks questions: on the tail's connections an answer would wait behind a fetch that waits.
  kafka_client questions_;
  std::unique_ptr<kafka_ends> ends_;

  std::mutex producer_mutex_;
  numbered_producer producer_;
  std::atomic<std::uint64_t> producers_made_{0};
  std::string fatal_;  // why the producer is to be renewed

  std::mutex upkeep_mutex_;  // of what follows
  std::condition_variable upkeep_wanted_;
  bool upkeep_called_ = true, upkeep_stopping_ = false;  // the first look is at once
  std::map<partition_id, suspicion> suspicions_;
  std::map<partition_id, std::shared_ptr<const record_batch>> to_compare_;  // the last record read
  std::map<partition_id, std::shared_ptr<const record_batch>> anchors_;  // read when last compared
  std::set<partition_id> asked_about_;
  std::set<std::int32_t> asked_bounds_;  // of these leaders
  bool leaders_asked_ = false;
  std::thread upkeep_;
  // Of the upkeep thread.
  std::chrono::microseconds producer_made_at_{}, starts_at_{}, compare_at_{}, leaders_at_{},
      opens_at_{};
  std::size_t next_compared_ = 0;

  std::mutex closing_;
  bool closed_ = false;
  std::atomic<const identity_codec*> late_codec_{nullptr};
  std::atomic<bool> in_trouble_{false};  // connections were lost since leaders were asked for
  std::atomic<std::uint64_t> broker_errors_{0};
  kafka_lanes reading_{"kafka-reads"}, asking_{"kafka-asks"};
};

// Null where the tail holds none.
std::shared_ptr<const record_batch> last_record(const kafka_partition& partition);

// What open_kafka_log() does; tests on librdkafka's mock brokers, which have no administrative
// calls, bring an examination of their own.
using kafka_topic_examiner = std::function<result<std::vector<kafka_finding>>(
    const kafka_connection&, const std::string&, std::chrono::milliseconds)>;
result<std::unique_ptr<log>> open_kafka_engine(const kafka_log_options& options,
                                               const identity_request& wanted,
                                               const identity_codec& codec,
                                               const clock_source& clock,
                                               const kafka_topic_examiner& examine);

}  // namespace roomlog
