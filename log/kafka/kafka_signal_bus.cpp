#include "log/kafka/kafka_signal_bus.h"

#include <pthread.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "log/base/diagnostics.h"
#include "log/base/listeners.h"
#include "log/kafka/kafka_bounds.h"
#include "log/kafka/kafka_client.h"
#include "log/kafka/kafka_metadata.h"

namespace roomlog {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds poll_wait{100};  // how long a stop may go unnoticed
// What is given out together.
constexpr std::size_t batch_signals_max = 1'000;

bus_signal signal_of(const rd_kafka_message_t& message) {
  return {partition_id{static_cast<std::uint32_t>(message.partition)},
          std::string(static_cast<const char*>(message.key), message.key_len),
          std::string(static_cast<const char*>(message.payload), message.len)};
}

class kafka_signal_bus final : public signal_bus {
 public:
  kafka_signal_bus(const kafka_signal_options& options, kafka_client producer,
                   kafka_client consumer)
      : partitions_(options.partitions),
        producer_(std::move(producer)),
        consumer_(std::move(consumer)),
        to_(rd_kafka_topic_new(producer_.get(), options.topic.c_str(), nullptr)),
        from_(rd_kafka_topic_new(consumer_.get(), options.topic.c_str(), nullptr)),
        reports_(rd_kafka_queue_get_main(producer_.get())),
        arriving_(rd_kafka_queue_new(consumer_.get())) {}
  ~kafka_signal_bus() override { close(); }

  // Once. Each partition from here on; where that is not known, from its end when it has a leader.
  void start(const std::vector<result<offset>>& ends) {
    for (std::uint32_t p = 0; p < partitions_; ++p) {
      const auto from = ends[p] ? static_cast<std::int64_t>(ends[p]->value) : RD_KAFKA_OFFSET_END;
      (void)rd_kafka_consume_start_queue(from_.get(), static_cast<std::int32_t>(p), from,
                                         arriving_.get());  // fails for bad arguments only
    }
    thread_ = std::thread([this] { run(); });
  }

  result<> publish(bus_signal what) override;
  std::unique_ptr<signal_subscription> subscribe(handler on_signals) override {
    return subscribers_.add(std::move(on_signals));
  }
  signal_bus_stats stats() const override { return {published_, shed_, lost_, delivered_}; }
  void close() override;

 private:
  void run();
  void take_arriving();
  void take_reports();

  const std::uint32_t partitions_;
  const kafka_client producer_, consumer_;
  const kafka_topic to_, from_;
  const kafka_queue reports_, arriving_;
  listeners<signal_subscription, std::span<const bus_signal>> subscribers_;
  std::atomic<std::uint64_t> published_{0}, shed_{0}, lost_{0}, delivered_{0};
  std::atomic<bool> stopping_{false};
  std::mutex closing_;
  std::thread thread_;
  std::vector<bus_signal> batch_;  // of the thread
};

result<> kafka_signal_bus::publish(bus_signal what) {
  if (auto good = check_signal(what, partitions_); !good) return good;
  if (stopping_) return error{errc::closed, "the signal bus is closed"};
  const auto code =
      rd_kafka_producev(producer_.get(), RD_KAFKA_V_RKT(to_.get()),
                        RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(what.partition.value)),
                        RD_KAFKA_V_KEY(what.key.data(), what.key.size()),
                        RD_KAFKA_V_VALUE(what.value.data(), what.value.size()),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    published_.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  shed_.fetch_add(1, std::memory_order_relaxed);
  return error{errc::full, "the signal is shed: " + describe_kafka_error(code)};
}

void kafka_signal_bus::run() {
  pthread_setname_np(pthread_self(), "kafka-signals");
  while (!stopping_) {
    (void)rd_kafka_poll(consumer_.get(), 0);  // its errors, which would pile up
    take_arriving();
    take_reports();
  }
}

// librdkafka asks again by itself for what brokers refuse; signals that pass meanwhile are lost.
void kafka_signal_bus::take_arriving() {
  batch_.clear();
  auto message = take_kafka_message(arriving_.get(), poll_wait);
  while (message && !stopping_) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      batch_.push_back(signal_of(*message));
    } else {
      diagnostics::debug("kafka", "signals: " + describe_kafka_error(message->err));
    }
    if (batch_.size() >= batch_signals_max) break;
    message = take_kafka_message(arriving_.get(), milliseconds{0});
  }
  if (batch_.empty()) return;
  delivered_.fetch_add(batch_.size(), std::memory_order_relaxed);
  subscribers_.notify(batch_);
}

// Only what brokers did not take is reported.
void kafka_signal_bus::take_reports() {
  while (const kafka_event event{rd_kafka_queue_poll(reports_.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) continue;
    lost_.fetch_add(rd_kafka_event_message_count(event.get()), std::memory_order_relaxed);
  }
}

void kafka_signal_bus::close() {
  const std::lock_guard lock(closing_);
  if (stopping_.exchange(true)) return;
  if (thread_.joinable()) thread_.join();
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    (void)rd_kafka_consume_stop(from_.get(), static_cast<std::int32_t>(p));
  }
  (void)rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                            RD_KAFKA_PURGE_F_NON_BLOCKING);
}

// Before the clients of the bus are made: whether the topic fits, and where its partitions end.
result<std::vector<result<offset>>> find_ends(const kafka_signal_options& options) {
  const auto until = std::chrono::steady_clock::now() + options.open_wait;
  const auto left = [&] {
    const auto now = std::chrono::steady_clock::now();
    return std::max(std::chrono::duration_cast<milliseconds>(until - now), milliseconds{1});
  };
  const auto client = make_kafka_client(options.connection, kafka_role::admin);
  if (!client) return client.error();
  const auto metadata =
      ask_while_news([&] { return kafka_topic_metadata(client->get(), options.topic, left()); });
  if (!metadata) return metadata.error();
  const auto found = (*metadata)->topics[0].partition_cnt;
  if (found != static_cast<int>(options.partitions)) {
    return error{errc::mismatch, "topic " + options.topic + " has " + std::to_string(found) +
                                     " partitions; it needs those of the log, " +
                                     std::to_string(options.partitions)};
  }
  std::vector<partition_id> all;
  for (std::uint32_t p = 0; p < options.partitions; ++p) all.push_back(partition_id{p});
  return kafka_bounds(client->get(), options.topic, all, kafka_bound::end, left());
}

}  // namespace

result<std::unique_ptr<signal_bus>> open_kafka_signal_bus(const kafka_signal_options& options) {
  const auto ends = find_ends(options);
  if (!ends) return ends.error();
  auto producer = make_kafka_client(options.connection, kafka_role::signal_producer);
  if (!producer) return producer.error();
  auto consumer = make_kafka_client(options.connection, kafka_role::signal_tail);
  if (!consumer) return consumer.error();
  auto bus =
      std::make_unique<kafka_signal_bus>(options, *std::move(producer), *std::move(consumer));
  bus->start(*ends);
  return std::unique_ptr<signal_bus>(std::move(bus));
}

}  // namespace roomlog
