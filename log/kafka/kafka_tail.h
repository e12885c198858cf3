// Follows the ends of partitions: one consumer and one thread that puts what brokers have into the
// shared tails, and makes sure that nothing is missing between two records.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "log/kafka/kafka_client.h"
#include "log/kafka/kafka_partition.h"

namespace roomlog {

// Hears on the tail's thread; must not block.
class kafka_tail_owner {
 public:
  virtual ~kafka_tail_owner() = default;
  // Records have entered the tail.
  virtual void on_records(kafka_partition& partition) = 0;
  // The broker refuses further reads; the tail stays at its end until resume(), or for good.
  virtual void on_refused(kafka_partition& partition, rd_kafka_resp_err_t code) = 0;
  // A record is missing or broken, and stays so when it is asked for again.
  virtual void on_damage(kafka_partition& partition, const std::string& why) = 0;
  // Connections were lost: what enters the tail from now on may come from elsewhere.
  virtual void on_trouble(rd_kafka_resp_err_t code, const std::string& why) = 0;
};

class kafka_tail final : private kafka_observer {
 public:
  // `owner` outlives it. errc::invalid as make_kafka_client().
  static result<std::unique_ptr<kafka_tail>> make(const kafka_connection& to,
                                                  const std::string& topic,
                                                  kafka_tail_owner& owner);
  ~kafka_tail();

  // Once. Goes on from the end of each tail, but for partitions that are absent; they outlive the
  // tail.
  result<> start(std::vector<kafka_partition*> followed);
  // The same for one that was absent at start(); false where that is not possible now.
  bool begin(const kafka_partition& partition);
  // Asks the broker again for what follows the end; false where that is not possible now. From any
  // thread, before stop().
  bool resume(const kafka_partition& partition);
  // No call of the owner follows. Idempotent.
  void stop();

 private:
  struct place {
    kafka_partition* partition;
    std::optional<record_batch_builder> building;
    offset next;  // after what is in `building`
    int asked_again = 0;
  };

  explicit kafka_tail(kafka_tail_owner& owner) : owner_(owner) {}
  void on_client_error(rd_kafka_resp_err_t code, std::string_view text) override;
  void run();
  void take(kafka_message message);
  void take_error(place& at, const rd_kafka_message_t& message);
  void ask_again(place& at, const std::string& why);
  void show(place& at);
  void show_all();

  kafka_tail_owner& owner_;
  kafka_client client_;
  kafka_topic topic_;
  kafka_queue queue_;
  std::map<std::int32_t, place> places_;
  std::vector<place*> touched_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace roomlog
