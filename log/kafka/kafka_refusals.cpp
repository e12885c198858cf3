#include "log/kafka/kafka_refusals.h"

#include "log/base/diagnostics.h"
#include "log/kafka/kafka_records.h"

namespace roomlog {
namespace {

using std::chrono::microseconds;

constexpr microseconds looks_apart{1'000'000};
// A position beyond the end, and a topic that is gone, are believed when they were seen this often:
// brokers that have just started or lost a leader may say so for a moment.
constexpr int looks_at_position = 3;
constexpr int looks_at_topic = 5;

}  // namespace

void kafka_refusals::note(const kafka_partition& partition, rd_kafka_resp_err_t code) {
  const std::lock_guard lock(mutex_);
  open_.try_emplace(partition.id, refusal{code, {}, 0});
}

std::vector<kafka_partition*> kafka_refusals::due(microseconds now) const {
  std::vector<kafka_partition*> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, about] : open_) {
    if (about.look_at <= now) out.push_back(partitions_[id.value].get());
  }
  return out;
}

void kafka_refusals::look_into(kafka_partition& partition) {
  refusal about;
  {
    // What is refused from now on, and be it right after reading goes on, is another refusal.
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(partition.id);
    if (found == open_.end()) return;
    about = found->second;
    open_.erase(found);
  }
  if (partition.stopped() || look(partition, about)) return;
  about.look_at = clock_.steady() + looks_apart;
  const std::lock_guard lock(mutex_);
  open_[partition.id] = about;
}

bool kafka_refusals::look(kafka_partition& partition, refusal& about) {
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
      owner_.stop_partition(
          partition, {errc::io, "topic " + topic_ + ": " + describe_kafka_error(about.code)});
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

// Goes on reading, where what was read last is still what stands there.
bool kafka_refusals::resume(kafka_partition& partition) {
  if (!comparison_.confirm(partition)) return false;
  if (!partition.followed || !partition.is_placed()) return true;
  return partition.stopped() || resume_(partition);
}

bool kafka_refusals::look_for_position(kafka_partition& partition, refusal& about) {
  const auto start = inquiry_.bound(partition.id, kafka_bound::start);
  const auto end = inquiry_.bound(partition.id, kafka_bound::end);
  if (!start || !end) return false;
  partition.raise_start(*start);
  const auto ours = partition.recent.end();
  if (ours >= *start && ours <= *end) return resume(partition);
  if (++about.looked < looks_at_position) return false;
  const auto place = describe_position(partition.id, ours);
  if (ours < *start) {
    owner_.stop_partition(partition, {errc::out_of_range, place + ": the records up to " +
                                                              std::to_string(start->value) +
                                                              " were deleted before they were "
                                                              "read"});
  } else {
    owner_.stop_partition(
        partition,
        {errc::damaged, place + ": records up to here were read, but the log ends at " +
                            std::to_string(end->value) + " now: topic " + topic_ + " was cut off"});
  }
  return true;
}

bool kafka_refusals::look_for_topic(kafka_partition& partition, refusal& about) {
  const auto leaders = inquiry_.find_leaders();
  if (!leaders && leaders.error().code != errc::not_found) return false;  // no broker answers
  if (leaders && leaders->size() == partitions_.size()) return resume(partition);
  if (++about.looked < looks_at_topic) return false;
  if (!leaders) {
    owner_.stop_partition(partition, {errc::damaged, leaders.error().text});
  } else {
    owner_.stop_partition(
        partition,
        {errc::mismatch, "topic " + topic_ + " has " + std::to_string(leaders->size()) +
                             " partitions now; it had " + std::to_string(partitions_.size())});
  }
  return true;
}

}  // namespace roomlog
