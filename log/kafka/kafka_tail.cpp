#include "log/kafka/kafka_tail.h"

#include <pthread.h>

#include "log/kafka/kafka_records.h"

namespace roomlog {
namespace {

constexpr std::chrono::milliseconds poll_wait{100};  // how long a stop may go unnoticed
// As local_log: large enough to share, small enough that a reader seldom has to copy.
constexpr std::size_t batch_bytes_max = std::size_t{256} * 1024;
constexpr int ask_again_max = 3;

}  // namespace

result<std::unique_ptr<kafka_tail>> kafka_tail::make(const kafka_connection& to,
                                                     const std::string& topic,
                                                     kafka_tail_owner& owner) {
  std::unique_ptr<kafka_tail> made(new kafka_tail(owner));
  auto client = make_kafka_client(to, kafka_role::tail, made.get());
  if (!client) return client.error();
  made->client_ = *std::move(client);
  made->topic_.reset(rd_kafka_topic_new(made->client_.get(), topic.c_str(), nullptr));
  made->queue_.reset(rd_kafka_queue_new(made->client_.get()));
  // Errors and records come in one order: a lost connection before what is read after it.
  const kafka_queue errors(rd_kafka_queue_get_main(made->client_.get()));
  rd_kafka_queue_forward(errors.get(), made->queue_.get());
  return made;
}

kafka_tail::~kafka_tail() {
  stop();
}

void kafka_tail::on_client_error(rd_kafka_resp_err_t code, std::string_view text) {
  show_all();  // what came before
  owner_.on_trouble(code, std::string(text));
}

result<> kafka_tail::start(std::vector<kafka_partition*> followed) {
  for (auto* one : followed) {
    const auto id = static_cast<std::int32_t>(one->id.value);
    const auto from = one->recent.end();
    places_[id] = {one, std::nullopt, from, 0};
    if (one->is_placed() && !begin(*one)) {
      return error{errc::io, describe_position(one->id, from) + ": " +
                                 describe_kafka_error(rd_kafka_last_error())};
    }
  }
  thread_ = std::thread([this] { run(); });
  return {};
}

// The tail's thread sees a place for the first time with its first record, which comes after this.
bool kafka_tail::begin(const kafka_partition& partition) {
  const auto id = static_cast<std::int32_t>(partition.id.value);
  const auto from = partition.recent.end();
  places_.at(id).next = from;
  return rd_kafka_consume_start_queue(topic_.get(), id, static_cast<std::int64_t>(from.value),
                                      queue_.get()) == 0;
}

// Where a broker refused the position librdkafka does not fetch any more, and a seek would not make
// it: it is started again. What the tail's thread has in hand beyond the end is given out twice and
// taken once.
bool kafka_tail::resume(const kafka_partition& partition) {
  const auto id = static_cast<std::int32_t>(partition.id.value);
  const auto from = static_cast<std::int64_t>(partition.recent.end().value);
  (void)rd_kafka_consume_stop(topic_.get(), id);
  return rd_kafka_consume_start_queue(topic_.get(), id, from, queue_.get()) == 0;
}

void kafka_tail::stop() {
  if (stopping_.exchange(true)) return;
  if (thread_.joinable()) thread_.join();
  for (const auto& [id, place] : places_) (void)rd_kafka_consume_stop(topic_.get(), id);
}

// Takes whatever is there before it shows any of it: under load many records become one batch.
void kafka_tail::run() {
  pthread_setname_np(pthread_self(), "kafka-tail");
  while (!stopping_) {
    auto message = take_kafka_message(queue_.get(), poll_wait);
    while (message) {
      take(std::move(message));
      message = take_kafka_message(queue_.get(), std::chrono::milliseconds{0});
    }
    show_all();
  }
}

void kafka_tail::take(kafka_message message) {
  const auto found = places_.find(message->partition);
  if (found == places_.end()) {
    // An error of the whole client.
    return owner_.on_trouble(message->err, describe_kafka_error(message->err));
  }
  auto& at = found->second;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return take_error(at, *message);
  const offset here{static_cast<std::uint64_t>(message->offset)};
  if (here < at.next) return;  // of a fetch before the last seek
  if (here > at.next) {
    return ask_again(at, describe_position(at.partition->id, at.next) +
                             ": the record is missing; the next one has offset " +
                             std::to_string(here.value));
  }
  if (at.partition->stopped()) return;
  if (!at.building) {
    at.building.emplace(at.partition->id, at.next);
    touched_.push_back(&at);
  }
  add_kafka_message(*at.building, *message);
  at.asked_again = 0;
  ++at.next;
  if (at.building->bytes() >= batch_bytes_max) show_all();
}

void kafka_tail::take_error(place& at, const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__BAD_MSG ||
      message.err == RD_KAFKA_RESP_ERR__BAD_COMPRESSION) {
    return ask_again(at, describe_position(at.partition->id, at.next) + ": " +
                             describe_kafka_error(message.err));
  }
  if (is_passing_kafka_error(message.err)) {
    return owner_.on_trouble(message.err, describe_kafka_error(message.err));
  }
  owner_.on_refused(*at.partition, message.err);
}

// What is broken on the way is not broken in the log; asking again tells. The seek is waited for:
// only then what was fetched before it is no longer given out.
void kafka_tail::ask_again(place& at, const std::string& why) {
  if (++at.asked_again > ask_again_max) return owner_.on_damage(*at.partition, why);
  (void)rd_kafka_seek(topic_.get(), static_cast<std::int32_t>(at.partition->id.value),
                      static_cast<std::int64_t>(at.next.value), 1000);
}

void kafka_tail::show_all() {
  for (auto* at : touched_) show(*at);
  touched_.clear();
}

void kafka_tail::show(place& at) {
  at.partition->recent.push(at.building->finish());
  at.building.reset();
  owner_.on_records(*at.partition);
}

}  // namespace roomlog
