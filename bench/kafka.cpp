// What Kafka's client gives by itself, and the log on it, in the same run:
//   kafka bare   --kafka HOSTS --topic T --outstanding N [--read-back] --seconds S
//       a producer with N records outstanding, each of which waits for its delivery report; with
//       --read-back until the record was read by a consumer of the same process
//   kafka engine --kafka HOSTS --topic T --outstanding N --seconds S        the log's append()
//   kafka fold   --kafka HOSTS --topic T --dir DIR --messages N [--views]   fills the topic, folds
//   it
#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "bench/fold_run.h"
#include "bench/load_client.h"
#include "bench/log_fill.h"
#include "log/kafka/kafka_log.h"
#include "projections/store/rocks_state_store.h"
#include "schemas/records/codec.h"

namespace roomlog::bench {
namespace {

using namespace std::chrono_literals;

struct settings {
  std::string hosts, topic, dir;
  std::size_t outstanding = 1;
  bool read_back = false, views = false;
  double seconds = 5;
  std::uint64_t messages = 1'000'000;
  std::uint32_t partitions = 8;
};
constexpr std::size_t record_bytes = 350;

// Bounds what is outstanding and takes the times. Thread-safe.
class window {
 public:
  explicit window(std::size_t size) : free_(size) {}
  void enter() {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [&] { return free_ > 0; });
    --free_;
  }
  void leave(steady::time_point begun) {
    const double us = std::chrono::duration<double, std::micro>(steady::now() - begun).count();
    {
      const std::lock_guard lock(mutex_);
      ++free_;
      us_.push_back(us);
    }
    left_.notify_one();
  }
  void wait_all(std::size_t size) {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [&] { return free_ == size; });
  }
  void print(double seconds) {
    const std::size_t records = us_.size();
    const double p50 = percentile(us_, 0.5);
    std::printf("{\"records\":%zu,\"records_per_s\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f}\n",
                records, static_cast<double>(records) / seconds, p50, percentile(us_, 0.99));
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t free_;
  std::vector<double> us_;
};

template <class Append>
void run_window(const settings& s, window& open, Append append) {
  const auto begin = steady::now();
  const auto end = begin + std::chrono::duration_cast<steady::duration>(
                               std::chrono::duration<double>(s.seconds));
  for (std::uint32_t n = 0; steady::now() < end; ++n) {
    open.enter();
    append(n % s.partitions);
  }
  open.wait_all(s.outstanding);
  open.print(std::chrono::duration<double>(steady::now() - begin).count());
}

// ---- librdkafka alone ----

using client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

client make_client(const settings& s, rd_kafka_type_t type,
                   std::initializer_list<std::pair<const char*, const char*>> with,
                   window* reports) {
  char text[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const auto set = [&](const char* name, const char* value) {
    if (rd_kafka_conf_set(conf, name, value, text, sizeof text) != RD_KAFKA_CONF_OK)
      throw std::runtime_error(text);
  };
  set("bootstrap.servers", s.hosts.c_str());
  set("socket.nagle.disable", "true");
  for (const auto& [name, value] : with) set(name, value);
  if (reports != nullptr) {
    rd_kafka_conf_set_opaque(conf, reports);
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* m, void* to) {
      if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        std::fprintf(stderr, "kafka: %s\n", rd_kafka_err2str(m->err));
        std::exit(1);
      }
      const steady::time_point begun{steady::duration(reinterpret_cast<steady::rep>(m->_private))};
      static_cast<window*>(to)->leave(begun);
    });
  }
  client made(rd_kafka_new(type, conf, text, sizeof text), &rd_kafka_destroy);
  if (!made) throw std::runtime_error(text);
  return made;
}

void* now_as_pointer() {
  return reinterpret_cast<void*>(steady::now().time_since_epoch().count());
}

// The limit writes the records that the log writes.
rd_kafka_headers_t* same_headers() {
  static const kafka_log_options as_the_log;
  rd_kafka_headers_t* made = rd_kafka_headers_new(as_the_log.headers.size());
  for (const auto& [name, value] : as_the_log.headers)
    rd_kafka_header_add(made, name.c_str(), -1, value.data(), static_cast<ssize_t>(value.size()));
  return made;
}

void produce(rd_kafka_t* producer, const settings& s, std::uint32_t partition,
             const std::string& value, void* opaque) {
  const auto failed = rd_kafka_producev(
      producer, RD_KAFKA_V_TOPIC(s.topic.c_str()),
      RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(partition)),
      RD_KAFKA_V_KEY("default/bench", 13),
      RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
      RD_KAFKA_V_HEADERS(same_headers()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(failed));
}

void run_bare(const settings& s) {
  window open(s.outstanding);
  std::atomic<bool> stop{false};
  const auto producer = make_client(
      s, RD_KAFKA_PRODUCER, {{"enable.idempotence", "true"}, {"acks", "all"}, {"linger.ms", "0"}},
      s.read_back ? nullptr : &open);
  client consumer(nullptr, &rd_kafka_destroy);
  std::thread reading;
  if (s.read_back) {
    consumer = make_client(
        s, RD_KAFKA_CONSUMER,
        {{"group.id", "bench"}, {"enable.auto.commit", "false"}, {"auto.offset.reset", "latest"}},
        nullptr);
    rd_kafka_poll_set_consumer(consumer.get());
    rd_kafka_topic_partition_list_t* all =
        rd_kafka_topic_partition_list_new(static_cast<int>(s.partitions));
    for (std::uint32_t p = 0; p < s.partitions; ++p) {
      std::int64_t low = 0, high = 0;
      rd_kafka_query_watermark_offsets(consumer.get(), s.topic.c_str(),
                                       static_cast<std::int32_t>(p), &low, &high, 10'000);
      rd_kafka_topic_partition_list_add(all, s.topic.c_str(), static_cast<std::int32_t>(p))
          ->offset = high;
    }
    rd_kafka_assign(consumer.get(), all);
    rd_kafka_topic_partition_list_destroy(all);
    reading = std::thread([&] {
      while (!stop) {
        rd_kafka_message_t* m = rd_kafka_consumer_poll(consumer.get(), 50);
        if (m == nullptr) continue;
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR && m->len >= sizeof(steady::rep)) {
          steady::rep begun;
          std::memcpy(&begun, m->payload, sizeof begun);
          open.leave(steady::time_point{steady::duration(begun)});
        }
        rd_kafka_message_destroy(m);
      }
    });
  }
  std::thread polling([&] {
    while (!stop) rd_kafka_poll(producer.get(), 50);
  });
  std::string value(record_bytes, 'x');
  run_window(s, open, [&](std::uint32_t partition) {
    const auto begun = steady::now().time_since_epoch().count();
    if (s.read_back) std::memcpy(value.data(), &begun, sizeof begun);
    produce(producer.get(), s, partition, value, now_as_pointer());
  });
  stop = true;
  polling.join();
  if (reading.joinable()) reading.join();
}

// ---- the log ----

std::unique_ptr<log> open_log(const settings& s, const clock_source& clock) {
  kafka_log_options options;
  options.connection.brokers = s.hosts;
  options.topic = s.topic;
  options.allow_unsafe_topic = true;
  const std::string epoch = "00000000000000000000000000000001";
  auto opened = open_kafka_log(options, {std::nullopt, epoch}, descriptor_codec(), clock);
  if (!opened) throw std::runtime_error(opened.error().text);
  return std::move(*opened);
}

void run_engine(const settings& s) {
  const system_clock_source clock;
  const auto events = open_log(s, clock);
  window open(s.outstanding);
  const std::string value(record_bytes, 'x');
  run_window(s, open, [&](std::uint32_t partition) {
    const auto begun = steady::now();
    std::vector<append_entry> one;
    one.push_back({"default/bench", value});
    const auto taken = events->append(
        partition_id{partition}, std::move(one), [&open, begun](const append_result& done) {
          if (!done) {
            std::fprintf(stderr, "kafka: %s\n", done.error().text.c_str());
            std::exit(1);
          }
          open.leave(begun);
        });
    if (!taken) throw std::runtime_error(taken.error().text);
  });
  events->close();
}

void fold_topic(const settings& s) {
  const system_clock_source clock;
  {
    const auto filled = open_log(s, clock);
    fill_log(*filled, {s.messages});
    filled->close();
  }
  const auto events = open_log(s, clock);  // nothing of it is in a tail
  auto store = open_rocks_state_store(std::filesystem::path(s.dir) / "state",
                                      {events->partitions(), events->identity().epoch});
  if (!store) throw std::runtime_error(store.error().text);
  const auto done = run_fold(*events, **store, s.views ? all_views() : std::vector<view_entry>());
  store->reset();
  events->close();
  std::printf("{\"records\":%llu,\"seconds\":%.2f,\"records_per_s\":%.0f}\n",
              static_cast<unsigned long long>(done.records), done.seconds, done.per_second());
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{"Kafka benchmarks"};
  settings s;
  std::string mode;
  app.add_option("mode", mode)->required()->check(CLI::IsMember({"bare", "engine", "fold"}));
  app.add_option("--kafka", s.hosts)->required();
  app.add_option("--topic", s.topic)->required();
  app.add_option("--partitions", s.partitions);
  app.add_option("--outstanding", s.outstanding);
  app.add_flag("--read-back", s.read_back);
  app.add_option("--seconds", s.seconds);
  app.add_option("--dir", s.dir);
  app.add_option("--messages", s.messages);
  app.add_flag("--views", s.views);
  CLI11_PARSE(app, argc, argv);
  try {
    if (mode == "bare") run_bare(s);
    if (mode == "engine") run_engine(s);
    if (mode == "fold") fold_topic(s);
  } catch (const std::exception& e) {
    std::cerr << "kafka: " << e.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace roomlog::bench

int main(int argc, char** argv) {
  return roomlog::bench::run(argc, argv);
}
