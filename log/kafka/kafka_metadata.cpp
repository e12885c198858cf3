#include "log/kafka/kafka_metadata.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>

namespace roomlog {
namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

// A broker that starts may refuse for a moment whom it knows a moment later.
constexpr milliseconds refusal_patience{3'000};
// The question is asked in turns, each twice as long as the one before, so that a slow cluster has
// half of the whole wait for its answer.
constexpr milliseconds first_turn{250};

// Why connections failed since the first turn. A broker that refuses may hang up, too, at another
// time; one that only fails otherwise may be on its way up.
struct failures {
  std::string last, last_refusal;
  std::set<std::string> failed, refusing;  // brokers, by the names that librdkafka gives them
  std::optional<steady::time_point> refused_since;

  bool only_refused() const { return !refusing.empty() && failed == refusing; }
};

bool is_refusal(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL;
}

// rd_kafka_metadata() waits in silence; what fails meanwhile stands in the client's main queue.
void take_failures(rd_kafka_t* client, failures& into) {
  const kafka_queue queue(rd_kafka_queue_get_main(client));
  while (const kafka_event event{rd_kafka_queue_poll(queue.get(), 0)}) {
    const auto code = rd_kafka_event_error(event.get());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) continue;
    into.last = rd_kafka_event_error_string(event.get());
    const auto broker = into.last.substr(0, into.last.find(": "));  // "ssl://host:port/1: why"
    into.failed.insert(broker);
    if (!is_refusal(code)) continue;
    into.refusing.insert(broker);
    into.last_refusal = into.last;
    if (!into.refused_since) into.refused_since = steady::now();
  }
}

std::string in_seconds(milliseconds wait) {
  char text[32];
  (void)std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(wait.count()) / 1000);
  return text;
}

error refused(const failures& seen) {
  return {errc::invalid, "kafka.properties: no broker takes this client: " + seen.last_refusal};
}

error unanswered(const failures& seen, rd_kafka_resp_err_t code, milliseconds wait) {
  return {errc::unavailable, "kafka.brokers: no broker answers within " + in_seconds(wait) + ": " +
                                 (seen.last.empty() ? describe_kafka_error(code) : seen.last)};
}

result<kafka_metadata> ask(rd_kafka_t* client, rd_kafka_topic_t* topic, milliseconds wait) {
  const auto until = steady::now() + wait;
  failures seen;
  for (auto turn = first_turn;; turn *= 2) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady::now());
    const auto now = std::clamp(turn, milliseconds{1}, std::max(left, milliseconds{1}));
    const rd_kafka_metadata_t* found = nullptr;
    const auto code = rd_kafka_metadata(client, 0, topic, &found, static_cast<int>(now.count()));
    take_failures(client, seen);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_metadata(found);
    const bool in_vain = steady::now() >= until;
    if (seen.only_refused() &&
        (in_vain || steady::now() - *seen.refused_since > refusal_patience)) {
      return refused(seen);
    }
    if (in_vain) return unanswered(seen, code, wait);
  }
}

}  // namespace

result<kafka_metadata> kafka_cluster_metadata(rd_kafka_t* client, milliseconds wait) {
  return ask(client, nullptr, wait);
}

result<kafka_metadata> kafka_topic_metadata(rd_kafka_t* client, const std::string& topic,
                                            milliseconds wait) {
  const kafka_topic handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  auto metadata = ask(client, handle.get(), wait);
  if (!metadata) return metadata;
  const auto& found = **metadata;
  const auto problem =
      found.topic_cnt == 1 ? found.topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (problem == RD_KAFKA_RESP_ERR_NO_ERROR) return metadata;
  if (problem == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    return error{errc::not_found, "there is no topic " + topic};
  }
  if (is_missing_kafka_right(problem)) {
    return error{errc::invalid, "topic " + topic +
                                    ": this user may not see it, or there is none: " +
                                    describe_kafka_error(problem)};
  }
  return error{errc::io, "topic " + topic + ": " + describe_kafka_error(problem)};
}

}  // namespace roomlog
