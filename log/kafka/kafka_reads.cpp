// How the Kafka engine is read: from the tail, or from the storage, with and without waiting.
#include <algorithm>

#include "log/kafka/kafka_bounds.h"
#include "log/kafka/kafka_engine.h"
#include "log/kafka/kafka_records.h"
#include "log/kafka/kafka_trim.h"

namespace roomlog {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds read_wait{2'000};
constexpr milliseconds trim_wait{5'000};
// Where the last read was in vain: whoever reads several partitions is soon through with this one.
// The reader keeps its place, so what comes later is there for the next try.
constexpr milliseconds read_wait_if_silent{200};
// What answers that were asked for may hold together until somebody comes for them.
constexpr std::size_t asked_bytes_max = std::size_t{16} << 20;

}  // namespace

std::optional<kafka_asked_read::answer> kafka_engine::read_here(partition_id partition, offset from,
                                                                std::size_t bytes_max) {
  if (partition.value >= partitions_.size()) return no_kafka_partition(partition);
  const auto& one = *partitions_[partition.value];
  if (!one.is_placed()) return never_led(one);
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
      count_tail_read();
      return batch;
    }
  } else if (from == end) {
    return record_batch_builder(partition, from).finish();
  }
  return std::nullopt;
}

error kafka_engine::never_led(const kafka_partition& one) const {
  return {errc::timeout, "partition " + std::to_string(one.id.value) + " of topic " +
                             options_.topic + " has had no leader since this log was opened"};
}

result<std::shared_ptr<const record_batch>> kafka_engine::read(partition_id partition, offset from,
                                                               std::size_t bytes_max) {
  if (auto here = read_here(partition, from, bytes_max)) return *std::move(here);
  return read_storage(*partitions_[partition.value], from, bytes_max);
}

result<std::shared_ptr<const record_batch>> kafka_engine::read_without_waiting(
    partition_id partition, offset from, std::size_t bytes_max) {
  if (auto here = read_here(partition, from, bytes_max)) return *std::move(here);
  auto& one = *partitions_[partition.value];
  if (auto answer = one.asked.take(from)) return *std::move(answer);
  if (!one.asked.begin()) return std::shared_ptr<const record_batch>();
  const auto bytes = std::min(bytes_max, asked_bytes_max / partitions_.size());
  const bool asked = reading_.post(one.leader(), [this, &one, from, bytes] {
    one.asked.put(from, read_storage(one, from, bytes));
    one.following.notify();
  });
  if (asked) return std::shared_ptr<const record_batch>();
  one.asked.give_up();  // the log is closed: what is there can still be read
  return read_storage(one, from, bytes_max);
}

kafka_asked_read::answer kafka_engine::read_storage(kafka_partition& one, offset from,
                                                    std::size_t bytes_max) {
  if (from < one.start()) {
    return error{errc::out_of_range, describe_position(one.id, from) +
                                         ": the partition begins at " +
                                         std::to_string(one.start().value)};
  }
  if (reach_.is_leaderless(one.id)) {  // or every reader would wait for it in vain
    return error{errc::timeout, describe_position(one.id, from) + ": the partition has no leader"};
  }
  count_storage_read();
  auto batch = readers_.read(one.id, from, one.end(), bytes_max,
                             one.is_silent() ? read_wait_if_silent : read_wait);
  note_answer(one, batch || batch.error().code != errc::timeout);
  if (batch || batch.error().code != errc::out_of_range) return batch;
  return after_refusal(one, from, batch.error());
}

result<> kafka_engine::trim(partition_id partition, offset below) {
  if (partition.value >= partitions_.size()) return no_kafka_partition(partition);
  if (auto open = budget_.check_open(); !open) return open;
  auto& one = *partitions_[partition.value];
  if (!one.is_placed()) return never_led(one);
  if (below > one.end()) {
    return error{errc::out_of_range, "partition " + std::to_string(partition.value) +
                                         " cannot be trimmed below " + std::to_string(below.value) +
                                         ": it ends at " + std::to_string(one.end().value)};
  }
  if (below <= one.start()) return {};
  const auto start =
      trim_kafka_partition(questions_.get(), options_.topic, partition, below, trim_wait);
  if (!start) return start.error();
  one.raise_start(*start);
  return {};
}

// What one partition of a leader waited for in vain the others of it need not wait for as long.
void kafka_engine::note_answer(kafka_partition& one, bool answered) {
  if (!answered) in_trouble_ = true;  // another one may lead it by now
  if (one.is_silent() != answered) return;
  one.set_silent(!answered);
  if (one.leader() < 0) return;
  for (const auto& other : partitions_) {
    if (other->leader() == one.leader()) other->set_silent(!answered);
  }
}

// The start has moved past the position, or the log has lost its end, or somebody refused it who
// leads no more and does not know it yet: a broker that stood still for a while.
kafka_asked_read::answer kafka_engine::after_refusal(kafka_partition& one, offset from,
                                                     const error& refused) {
  const auto ask = [&](kafka_bound which) {
    return kafka_bounds(questions_.get(), options_.topic, {one.id}, which, read_wait)[0];
  };
  const auto start = ask(kafka_bound::start);
  if (!start) return error{errc::timeout, start.error().text};
  one.raise_start(*start);
  if (from < *start) {
    return error{errc::out_of_range, describe_position(one.id, from) +
                                         ": the partition begins at " +
                                         std::to_string(start->value)};
  }
  const auto end = ask(kafka_bound::end);
  if (!end) return error{errc::timeout, end.error().text};
  wake_upkeep();
  if (auto why = one.stopped()) return *std::move(why);
  // Of a partition that is followed the upkeep finds out, by more than one look.
  if (from < *end || one.followed) {
    return error{errc::timeout, refused.text + " now, though it had one before"};
  }
  return error{errc::damaged, refused.text + ", though it had one before: the topic was cut off"};
}

}  // namespace roomlog
