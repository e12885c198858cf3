// What brokers refused is looked into until it is known what is behind it. On the threads of
// kafka-asks, but for who sees that it is due.
#include "log/base/diagnostics.h"
#include "log/kafka/kafka_bounds.h"
#include "log/kafka/kafka_engine.h"
#include "log/kafka/kafka_metadata.h"
#include "log/kafka/kafka_records.h"

namespace roomlog {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds ask_wait{2'000};
constexpr microseconds looks_apart{1'000'000};
// A position beyond the end, and a topic that is gone, are believed when they were seen this often:
// brokers that have just started or lost a leader may say so for a moment.
constexpr int looks_at_position = 3;
constexpr int looks_at_topic = 5;

}  // namespace

void kafka_engine::look_into_suspicions(microseconds now) {
  std::vector<partition_id> due;
  {
    const std::lock_guard lock(upkeep_mutex_);
    for (const auto& [partition, about] : suspicions_) {
      if (about.look_at <= now) due.push_back(partition);
    }
  }
  for (const auto id : due) {
    auto& partition = *partitions_[id.value];
    (void)ask_about(partition, [this, &partition] { look_into_suspicion(partition); });
  }
}

void kafka_engine::look_into_suspicion(kafka_partition& partition) {
  suspicion about;
  {
    // What is refused from now on, and be it right after reading goes on, is another suspicion.
    const std::lock_guard lock(upkeep_mutex_);
    const auto found = suspicions_.find(partition.id);
    if (found == suspicions_.end()) return;
    about = found->second;
    suspicions_.erase(found);
  }
  if (partition.stopped() || look_into(partition, about)) return;
  about.look_at = clock_.steady() + looks_apart;
  const std::lock_guard lock(upkeep_mutex_);
  suspicions_[partition.id] = about;
}

bool kafka_engine::look_into(kafka_partition& partition, suspicion& about) {
  switch (about.code) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return look_for_position(partition, about);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return look_for_topic(partition, about);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      stop_partition(partition, {errc::io, "topic " + options_.topic + ": " +
                                               describe_kafka_error(about.code)});
      return true;
    default:
      // librdkafka goes on asking; this says so, once in a while.
      if (about.looked++ > 0) return resume(partition);
      diagnostics::warn(
          "kafka", "partition " + std::to_string(partition.id.value) +
                       " cannot be read and is asked again: " + describe_kafka_error(about.code));
      return false;
  }
}

// Goes on reading, where what was read last is still what stands there. False: look again later.
bool kafka_engine::resume(kafka_partition& partition) {
  std::shared_ptr<const record_batch> last;
  {
    const std::lock_guard lock(upkeep_mutex_);
    const auto remembered = to_compare_.find(partition.id);
    if (remembered != to_compare_.end()) last = remembered->second;
  }
  if (last) {
    if (!compare(partition, *last)) return false;
    const std::lock_guard lock(upkeep_mutex_);
    to_compare_.erase(partition.id);
  }
  if (!partition.followed || !partition.is_placed()) return true;
  return partition.stopped() || tail_->resume(partition);
}

bool kafka_engine::look_for_position(kafka_partition& partition, suspicion& about) {
  const auto ask = [&](kafka_bound which) {
    return kafka_bounds(questions_.get(), options_.topic, {partition.id}, which, ask_wait)[0];
  };
  const auto start = ask(kafka_bound::start);
  const auto end = ask(kafka_bound::end);
  if (!start || !end) return false;
  partition.raise_start(*start);
  const auto ours = partition.recent.end();
  if (ours >= *start && ours <= *end) return resume(partition);
  if (++about.looked < looks_at_position) return false;
  const auto place = describe_position(partition.id, ours);
  if (ours < *start) {
    stop_partition(partition, {errc::out_of_range, place + ": the records up to " +
                                                       std::to_string(start->value) +
                                                       " were deleted before they were read"});
  } else {
    stop_partition(partition,
                   {errc::damaged, place + ": records up to here were read, but the log ends at " +
                                       std::to_string(end->value) + " now: topic " +
                                       options_.topic + " was cut off"});
  }
  return true;
}

bool kafka_engine::look_for_topic(kafka_partition& partition, suspicion& about) {
  const auto metadata = kafka_topic_metadata(questions_.get(), options_.topic, ask_wait);
  if (!metadata && metadata.error().code != errc::not_found) return false;  // nobody answers
  const auto found = metadata ? static_cast<std::size_t>((*metadata)->topics[0].partition_cnt) : 0;
  if (metadata && found == partitions_.size()) return resume(partition);
  if (++about.looked < looks_at_topic) return false;
  if (!metadata) {
    stop_partition(partition, {errc::damaged, metadata.error().text});
  } else {
    stop_partition(
        partition,
        {errc::mismatch, "topic " + options_.topic + " has " + std::to_string(found) +
                             " partitions now; it had " + std::to_string(partitions_.size())});
  }
  return true;
}

}  // namespace roomlog
