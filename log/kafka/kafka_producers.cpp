#include "log/kafka/kafka_producers.h"

#include <thread>
#include <utility>

namespace roomlog {
namespace {

constexpr std::chrono::milliseconds purge_wait{1'000};  // librdkafka does it at once, as a rule
constexpr std::chrono::microseconds producers_apart{1'000'000};

}  // namespace

// The first append makes the first producer: who only reads needs none.
result<kafka_producers::numbered> kafka_producers::present() {
  const std::lock_guard lock(mutex_);
  if (present_.producer) return present_;
  if (!failed_.empty()) {
    return error{errc::full, "the Kafka producer is being replaced: " + failed_};
  }
  auto made = kafka_producer::make(options_.connection, options_.topic, options_.headers, owner_);
  if (!made) return made.error();
  present_ = {*std::move(made), ++made_};
  return present_;
}

void kafka_producers::fail(const std::string& why) {
  const std::lock_guard lock(mutex_);
  failed_ = why;
}

void kafka_producers::purge_unsent() {
  std::shared_ptr<kafka_producer> producer;
  {
    const std::lock_guard lock(mutex_);
    producer = present_.producer;
  }
  if (producer) producer->purge(kafka_producer::purged::unsent);
}

void kafka_producers::renew(std::chrono::microseconds now, const mourner& gone) {
  numbered old;
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    if (failed_.empty()) return;
    why = failed_;
    old = std::exchange(present_, {});
  }
  if (old.producer) retire(std::move(old), why, gone);
  if (now - renewed_at_ < producers_apart) return;  // the next call
  renewed_at_ = now;
  const std::lock_guard lock(mutex_);
  failed_.clear();  // the next append makes it
}

void kafka_producers::close(const std::string& why, const mourner& gone) {
  numbered last;
  {
    const std::lock_guard lock(mutex_);
    last = std::exchange(present_, {});
    failed_ = "the log is closed";
  }
  if (last.producer) retire(std::move(last), why, gone);
}

void kafka_producers::retire(numbered old, const std::string& why, const mourner& gone) {
  old.producer->purge(kafka_producer::purged::all);
  (void)old.producer->wait_until_empty(purge_wait);                // what is left is given up below
  while (old.producer.use_count() > 1) std::this_thread::yield();  // an append that holds it
  old.producer.reset();
  gone(old.number, why);
}

}  // namespace roomlog
