#include "log/kafka/kafka_reads.h"

#include <algorithm>

#include "log/kafka/kafka_records.h"

namespace roomlog {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds read_wait{2'000};
// Where the last read was in vain: a reader of several partitions is soon through with this one.
// The reader keeps its place, so what comes later is there for the next try.
constexpr milliseconds read_wait_if_silent{200};
// What answers that were asked for may hold together until they are taken.
constexpr std::size_t asked_bytes_max = std::size_t{16} << 20;

error below_start(const kafka_partition& partition, offset from) {
  return {errc::out_of_range, describe_position(partition.id, from) + ": the partition begins at " +
                                  std::to_string(partition.start().value)};
}

}  // namespace

error never_led(const std::string& topic, partition_id partition) {
  return {errc::timeout, "partition " + std::to_string(partition.value) + " of topic " + topic +
                             " has had no leader since this log was opened"};
}

std::optional<kafka_reads::answer> kafka_reads::read_here(partition_id partition, offset from,
                                                          std::size_t bytes_max) {
  if (partition.value >= partitions_.size()) return no_kafka_partition(partition);
  const auto& one = *partitions_[partition.value];
  if (!one.is_placed()) return never_led(topic_, partition);
  const auto end = one.end();
  if (from > end) {
    return error{errc::out_of_range, describe_position(partition, from) +
                                         ": the partition ends at " + std::to_string(end.value)};
  }
  if (one.followed) {
    if (auto batch = one.recent.read(partition, from, bytes_max)) {
      if (batch->empty()) {
        if (auto why = one.stopped()) return *std::move(why);
      }
      from_tail_.fetch_add(1, std::memory_order_relaxed);
      return batch;
    }
  } else if (from == end) {
    return record_batch_builder(partition, from).finish();
  }
  return std::nullopt;
}

kafka_reads::answer kafka_reads::read(partition_id partition, offset from, std::size_t bytes_max) {
  if (auto here = read_here(partition, from, bytes_max)) return *std::move(here);
  return read_storage(*partitions_[partition.value], from, bytes_max);
}

kafka_reads::answer kafka_reads::read_without_waiting(partition_id partition, offset from,
                                                      std::size_t bytes_max) {
  if (auto here = read_here(partition, from, bytes_max)) return *std::move(here);
  auto& one = *partitions_[partition.value];
  if (from < one.start()) return below_start(one, from);  // also where the answer is older
  if (auto answer = one.asked.take(from)) return *std::move(answer);
  if (!one.asked.begin()) return std::shared_ptr<const record_batch>();
  const auto bytes = std::min(bytes_max, asked_bytes_max / partitions_.size());
  const bool asked = lanes_.post(one.leader(), [this, &one, from, bytes] {
    one.asked.put(from, read_storage(one, from, bytes));
    one.following.notify();
  });
  if (asked) return std::shared_ptr<const record_batch>();
  one.asked.give_up();  // the log is closed: what is there can still be read
  return read_storage(one, from, bytes_max);
}

kafka_reads::answer kafka_reads::read_storage(kafka_partition& one, offset from,
                                              std::size_t bytes_max) {
  if (from < one.start()) return below_start(one, from);
  if (reach_.is_leaderless(one.id)) {  // or every reader would wait for it in vain
    return error{errc::timeout, describe_position(one.id, from) + ": the partition has no leader"};
  }
  from_storage_.fetch_add(1, std::memory_order_relaxed);
  const auto wait = one.is_silent() ? read_wait_if_silent : read_wait;
  auto batch = storage_(one.id, from, one.end(), bytes_max, wait);
  note_answer(one, batch || batch.error().code != errc::timeout);
  if (batch || batch.error().code != errc::out_of_range) return batch;
  return after_refusal(one, from, batch.error());
}

// What one partition of a leader waited for in vain the others of it need not wait for as long.
void kafka_reads::note_answer(kafka_partition& one, bool answered) {
  if (!answered) worry_();
  if (one.is_silent() != answered) return;
  one.set_silent(!answered);
  if (one.leader() < 0) return;
  for (const auto& other : partitions_) {
    if (other->leader() == one.leader()) other->set_silent(!answered);
  }
}

// The start has moved past the position, or the log has lost its end, or a broker refused it that
// leads no more and does not know it yet, as it was stopped for a while.
kafka_reads::answer kafka_reads::after_refusal(kafka_partition& one, offset from,
                                               const error& refused) {
  const auto start = inquiry_.bound(one.id, kafka_bound::start);
  if (!start) return error{errc::timeout, start.error().text};
  one.raise_start(*start);
  if (from < *start) return below_start(one, from);
  const auto end = inquiry_.bound(one.id, kafka_bound::end);
  if (!end) return error{errc::timeout, end.error().text};
  worry_();
  if (auto why = one.stopped()) return *std::move(why);
  // Of a partition that is followed the upkeep finds out, by more than one look.
  if (from < *end || one.followed) {
    return error{errc::timeout, refused.text + " now, though it had one before"};
  }
  return error{errc::damaged, refused.text + ", though it had one before: the topic was cut off"};
}

}  // namespace roomlog
