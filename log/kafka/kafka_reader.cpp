#include "log/kafka/kafka_reader.h"

#include <algorithm>

#include "log/kafka/kafka_records.h"

namespace roomlog {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long an empty queue may stay so before the fetcher is woken.
constexpr milliseconds queue_patience{2};
// After a seek: how long until the next one, as fetches take time and a seek discards them. Each is
// waited for twice as long as the one before: a slow broker's answer is taken in the end.
constexpr milliseconds seek_patience{400};
constexpr milliseconds seek_patience_max{3'200};
// A position that gives nothing for so long is started anew.
constexpr milliseconds restart_after{10'000};
constexpr int ask_again_max = 3;
constexpr milliseconds rest_after{2'000};
constexpr milliseconds gone_after{60'000};

error read_error(const rd_kafka_message_t& message, partition_id partition, offset at) {
  const auto place = describe_position(partition, at);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return {errc::out_of_range, place + ": the broker has no such record"};
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      return {errc::damaged, place + ": " + describe_kafka_error(message.err)};
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      // Also what a broker says that has just started; whether it stays so is looked at elsewhere.
      return {errc::timeout, place + ": " + describe_kafka_error(message.err)};
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return {errc::io, place + ": " + describe_kafka_error(message.err)};
    default:
      // Brokers have many ways to say "not now".
      return {errc::unavailable, place + ": " + describe_kafka_error(message.err)};
  }
}

}  // namespace

result<std::unique_ptr<kafka_reader>> kafka_reader::make(const kafka_connection& to,
                                                         const std::string& topic) {
  auto client = make_kafka_client(to, kafka_role::reader);
  if (!client) return client.error();
  return std::unique_ptr<kafka_reader>(new kafka_reader(std::move(*client), topic));
}

kafka_reader::kafka_reader(kafka_client client, const std::string& topic)
    : client_(std::move(client)),
      topic_(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr)),
      queue_(rd_kafka_queue_new(client_.get())) {}

kafka_reader::~kafka_reader() {
  stop();
}

void kafka_reader::stop() {
  held_.reset();
  waiting_ = false;
  if (!std::exchange(started_, false)) return;
  (void)rd_kafka_consume_stop(topic_.get(), static_cast<std::int32_t>(partition_.value));
}

result<> kafka_reader::go_to(partition_id partition, offset at) {
  (void)rd_kafka_poll(client_.get(), 0);  // serves its diagnostics
  if (stands_at(partition, at)) return {};
  stop();
  if (rd_kafka_consume_start_queue(topic_.get(), static_cast<std::int32_t>(partition.value),
                                   static_cast<std::int64_t>(at.value), queue_.get()) != 0) {
    return error{errc::io, describe_position(partition, at) + ": " +
                               describe_kafka_error(rd_kafka_last_error())};
  }
  started_ = true;
  partition_ = partition;
  next_ = at;
  return {};
}

result<kafka_message> kafka_reader::take(milliseconds wait) {
  if (held_) return std::move(held_);
  const auto until = steady_clock::now() + wait;
  for (;;) {
    // Errors that keep coming must not keep the reader here.
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    auto message = take_kafka_message(queue_.get(), std::max(left, milliseconds{0}));
    if (!message) return message;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      // Lost connections and the like: librdkafka goes on.
      if (is_passing_kafka_error(message->err)) {
        if (left <= milliseconds{0}) return kafka_message();
        continue;
      }
      return read_error(*message, partition_, next_);
    }
    const offset at{static_cast<std::uint64_t>(message->offset)};
    if (at < next_) continue;  // of a fetch before the last seek
    if (at > next_) {
      return error{errc::damaged, describe_position(partition_, next_) +
                                      ": the record is missing; the next one has offset " +
                                      std::to_string(at.value)};
    }
    return message;
  }
}

void kafka_reader::begin_waiting(steady_clock::time_point now) {
  if (std::exchange(waiting_, true)) return;  // since an earlier read, which ended in time
  waiting_since_ = now;
  wake_at_ = now + queue_patience;
  patience_ = seek_patience;
}

void kafka_reader::wake_fetcher(steady_clock::time_point now) {
  wake_at_ = now + patience_;
  patience_ = std::min(2 * patience_, seek_patience_max);
  (void)rd_kafka_seek(topic_.get(), static_cast<std::int32_t>(partition_.value),
                      static_cast<std::int64_t>(next_.value), 0);  // a later one mends a lost one
}

result<kafka_message> kafka_reader::take_wanted(steady_clock::time_point until) {
  begin_waiting(steady_clock::now());
  for (;;) {
    const auto left = std::min(wake_at_, until) - steady_clock::now();
    auto message = take(std::max(std::chrono::ceil<milliseconds>(left), milliseconds{0}));
    if (!message || *message) {
      waiting_ = false;
      return message;
    }
    const auto now = steady_clock::now();
    if (now >= wake_at_) wake_fetcher(now);
    if (now >= until) {
      return error{errc::timeout,
                   describe_position(partition_, next_) + ": no broker gives the record"};
    }
  }
}

result<std::shared_ptr<const record_batch>> kafka_reader::read(partition_id partition, offset from,
                                                               offset end, std::size_t bytes_max,
                                                               milliseconds wait) {
  const auto until = steady_clock::now() + wait;
  if (auto there = go_to(partition, from); !there) return there.error();
  record_batch_builder batch(partition, from);
  while (next_ < end) {
    auto message = batch.size() == 0 ? take_wanted(until) : take(milliseconds{0});
    if (!message) {
      const bool may_come = waiting_ && steady_clock::now() - waiting_since_ < restart_after;
      if (!may_come) stop();
      return message.error();
    }
    if (!*message) break;
    const auto bytes = (*message)->len + (*message)->key_len;
    if (batch.size() > 0 && batch.bytes() + bytes > bytes_max) {
      held_ = *std::move(message);
      break;
    }
    if (batch.size() == 0) {
      const auto records =
          std::min<std::size_t>(end.value - from.value, bytes_max / (bytes + 1) + 1);
      batch.reserve(records, std::max(bytes, std::min(bytes_max, records * bytes)));
    }
    add_kafka_message(batch, **message);
    ++next_;
    if (batch.bytes() >= bytes_max) break;
  }
  return batch.finish();
}

kafka_reader_pool::kafka_reader_pool(kafka_connection to, std::string topic,
                                     std::size_t readers_max)
    : to_(std::move(to)), topic_(std::move(topic)), readers_max_(readers_max) {}

result<std::shared_ptr<const record_batch>> kafka_reader_pool::read(partition_id partition,
                                                                    offset from, offset end,
                                                                    std::size_t bytes_max,
                                                                    milliseconds wait) {
  const auto until = steady_clock::now() + wait;
  auto* const mine = acquire(partition, from, until);
  if (mine == nullptr) {
    return error{errc::timeout, describe_position(partition, from) + ": all " +
                                    std::to_string(readers_max_) + " readers are busy"};
  }
  if (!mine->reader) {
    auto made = kafka_reader::make(to_, topic_);
    if (!made) {
      release(mine);
      // The properties are good, the log was opened with them: threads or descriptors are short.
      return error{errc::unavailable, made.error().text};
    }
    mine->reader = *std::move(made);
  }
  auto batch = read_with(*mine->reader, partition, from, end, bytes_max, until);
  release(mine);
  return batch;
}

// What is broken on the way is not broken in the log; asking again tells.
result<std::shared_ptr<const record_batch>> kafka_reader_pool::read_with(kafka_reader& reader,
                                                                         partition_id partition,
                                                                         offset from, offset end,
                                                                         std::size_t bytes_max,
                                                                         time_point until) {
  for (int asked_again = 0;; ++asked_again) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
    auto batch = reader.read(partition, from, end, bytes_max, left);
    if (batch || batch.error().code != errc::damaged || asked_again == ask_again_max) return batch;
  }
}

kafka_reader_pool::place* kafka_reader_pool::acquire(partition_id partition, offset from,
                                                     time_point until) {
  std::unique_lock lock(mutex_);
  place* found = nullptr;
  freed_.wait_until(lock, until, [&] { return (found = choose(partition, from)) != nullptr; });
  if (found != nullptr) found->busy = true;
  return found;
}

// One that stands where the read begins; else one that has no position; else a new one; else the
// one that was not used for the longest time.
kafka_reader_pool::place* kafka_reader_pool::choose(partition_id partition, offset from) {
  place* oldest = nullptr;
  place* unplaced = nullptr;
  for (const auto& one : places_) {
    if (one->busy) continue;
    if (!one->reader || !one->reader->started()) {
      unplaced = one.get();
    } else if (one->reader->stands_at(partition, from)) {
      return one.get();
    }
    if (oldest == nullptr || one->used < oldest->used) oldest = one.get();
  }
  if (unplaced != nullptr) return unplaced;
  if (places_.size() < readers_max_) {
    places_.push_back(std::make_unique<place>());
    return places_.back().get();
  }
  return oldest;
}

void kafka_reader_pool::release(place* used) {
  {
    const std::lock_guard lock(mutex_);
    used->busy = false;
    used->used = steady_clock::now();
  }
  freed_.notify_all();
}

void kafka_reader_pool::rest() {
  std::vector<std::unique_ptr<kafka_reader>> gone;  // destroyed after the lock
  const auto now = steady_clock::now();
  const std::lock_guard lock(mutex_);
  for (const auto& one : places_) {
    if (one->busy || !one->reader || now - one->used < rest_after) continue;
    one->reader->stop();
    if (now - one->used > gone_after) gone.push_back(std::move(one->reader));
  }
}

}  // namespace roomlog
