#include "log/kafka/kafka_producer.h"

#include <pthread.h>

#include <algorithm>

namespace roomlog {
namespace {

constexpr int poll_ms = 100;  // how long a stop may go unnoticed

void add_header(rd_kafka_headers_t* to, std::string_view name, std::string_view value) {
  (void)rd_kafka_header_add(to, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));  // cannot fail
}

kafka_headers make_headers(const kafka_producer::headers& from) {
  kafka_headers made(rd_kafka_headers_new(from.size()));
  for (const auto& [name, value] : from) add_header(made.get(), name, value);
  return made;
}

kafka_delivery_report report_of(const rd_kafka_message_t& message, std::optional<offset> at,
                                bool fatal) {
  kafka_delivery_report what;
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    what.at = at;
    return what;
  }
  what.failed = describe_kafka_error(message.err);
  // Certainly nowhere is what was never sent, and what librdkafka gave up to send again after it
  // was refused. What was refused for good is most likely nowhere, too, but that is a broker's
  // word; and after a fatal error librdkafka gives up what it had sent before as if it had not.
  const bool refused =
      message.err >= RD_KAFKA_RESP_ERR_UNKNOWN && rd_kafka_message_broker_id(&message) >= 0;
  what.may_have_left =
      fatal || refused || rd_kafka_message_status(&message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
  return what;
}

}  // namespace

result<std::unique_ptr<kafka_producer>> kafka_producer::make(const kafka_connection& to,
                                                             const std::string& topic,
                                                             const headers& with,
                                                             kafka_producer_owner& owner) {
  auto client = make_kafka_client(to, kafka_role::producer);
  if (!client) return client.error();
  return std::unique_ptr<kafka_producer>(
      new kafka_producer(std::move(*client), topic, with, owner));
}

kafka_producer::kafka_producer(kafka_client client, const std::string& topic, const headers& with,
                               kafka_producer_owner& owner)
    : owner_(owner),
      client_(std::move(client)),
      topic_(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr)),
      reports_(rd_kafka_queue_get_main(client_.get())),
      headers_(make_headers(with)) {
  thread_ = std::thread([this] { run(); });
}

kafka_producer::~kafka_producer() {
  stopping_ = true;
  rd_kafka_queue_yield(reports_.get());
  thread_.join();
}

result<> kafka_producer::send(partition_id partition, const append_entry& entry,
                              kafka_append* call) {
  auto* const with = rd_kafka_headers_copy(headers_.get());
  if (!entry.traceparent.empty()) add_header(with, "traceparent", entry.traceparent);
  // librdkafka only reads it: neither RD_KAFKA_MSG_F_COPY nor RD_KAFKA_MSG_F_FREE is given.
  auto* const value = const_cast<char*>(entry.value.data());
  const auto code =
      rd_kafka_producev(client_.get(), RD_KAFKA_V_RKT(topic_.get()),
                        RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(partition.value)),
                        RD_KAFKA_V_KEY(entry.key.data(), entry.key.size()),
                        RD_KAFKA_V_VALUE(value, entry.value.size()), RD_KAFKA_V_HEADERS(with),
                        RD_KAFKA_V_OPAQUE(call), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  rd_kafka_headers_destroy(with);
  if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    return error{errc::invalid, "a record of " +
                                    std::to_string(entry.key.size() + entry.value.size()) +
                                    " bytes is larger than message.max.bytes allows"};
  }
  return error{errc::full, "the Kafka producer takes nothing now: " + describe_kafka_error(code)};
}

void kafka_producer::purge(purged what) {
  const int sent = what == purged::all ? RD_KAFKA_PURGE_F_INFLIGHT : 0;
  (void)rd_kafka_purge(client_.get(),  // fails for consumers only
                       RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING | sent);
}

bool kafka_producer::wait_until_empty(std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  while (rd_kafka_outq_len(client_.get()) > 0) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void kafka_producer::run() {
  pthread_setname_np(pthread_self(), "kafka-reports");
  while (!stopping_) {
    const kafka_event event(rd_kafka_queue_poll(reports_.get(), poll_ms));
    if (!event) continue;
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) {
      take_reports(event.get());
    } else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR) {
      check_fatal();
      const auto* text = rd_kafka_event_error_string(event.get());
      owner_.on_trouble(rd_kafka_event_error(event.get()), text != nullptr ? text : "");
    }
  }
}

void kafka_producer::take_reports(rd_kafka_event_t* event) {
  bool failed = false;
  const bool fatal = rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
  touched_.clear();
  while (const auto* message = rd_kafka_event_message_next(event)) {
    const partition_id partition{static_cast<std::uint32_t>(message->partition)};
    if (touched_.empty() || touched_.back() != partition) touched_.push_back(partition);
    failed = failed || message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
    owner_.on_report(partition, static_cast<kafka_append*>(message->_private), message->err,
                     report_of(*message, offset_of(*message), fatal));
  }
  if (failed) check_fatal();
  owner_.on_reports_taken(touched_);
}

// Where a broker does not say the offset of a batch, librdkafka 2.0.2 counts on from -1: only the
// first record of the batch is reported without an offset, the others with 0, 1, 2 …
std::optional<offset> kafka_producer::offset_of(const rd_kafka_message_t& message) {
  const auto counted_on = unplaced_.find(message.partition);
  if (message.offset >= 0 &&
      (counted_on == unplaced_.end() || counted_on->second != message.offset)) {
    if (counted_on != unplaced_.end()) unplaced_.erase(counted_on);
    return offset{static_cast<std::uint64_t>(message.offset)};
  }
  unplaced_[message.partition] = std::max<std::int64_t>(message.offset, -1) + 1;
  return std::nullopt;
}

void kafka_producer::check_fatal() {
  if (fatal_) return;
  char text[512];
  const auto code = rd_kafka_fatal_error(client_.get(), text, sizeof text);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  fatal_ = true;
  owner_.on_fatal(describe_kafka_error(code) + ": " + text);
}

}  // namespace roomlog
