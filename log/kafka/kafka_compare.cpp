// What was read is compared with what stands in the log now: a topic that is made anew under open
// connections is noticed by nobody. On the threads of kafka-asks.
#include "log/kafka/kafka_engine.h"
#include "log/kafka/kafka_records.h"

namespace roomlog {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds compare_wait{1'000};
constexpr milliseconds remember_wait{5'000};  // at the start, when every connection is a new one

bool same_record(const record_batch& a, const record_batch& b) {
  return !a.empty() && !b.empty() && a[0].key == b[0].key &&
         as_text(a[0].value) == as_text(b[0].value) && a[0].append_time == b[0].append_time;
}

}  // namespace

std::shared_ptr<const record_batch> last_record(const kafka_partition& partition) {
  const auto end = partition.recent.end();
  if (!partition.followed || partition.recent.begin() == end) return nullptr;
  return partition.recent.read(partition.id, offset{end.value - 1}, 1);
}

// What was read last, before anything that may be read from somewhere else.
void kafka_engine::remember_last(const kafka_partition& partition) {
  if (auto record = last_record(partition)) {
    to_compare_.try_emplace(partition.id, std::move(record));
  }
}

// One record will do, as a topic is made anew with all of its partitions; the rounds of
// compare_again() have none until a round is over.
void kafka_engine::remember_topic() {
  for (const auto& partition : partitions_) {
    const auto [start, end] = bounds(partition->id);
    if (!partition->followed || start == end) continue;
    auto last = readers_.read(partition->id, offset{end.value - 1}, end, 1, remember_wait);
    const std::lock_guard lock(upkeep_mutex_);
    if (last) to_compare_.try_emplace(partition->id, *std::move(last));
    return;
  }
}

// So what was read is looked at again, one partition a second: first what was the last record a
// round ago, as behind it there may be other records by now that were read from the new topic.
void kafka_engine::compare_again(const kafka_partition& partition) {
  auto last = last_record(partition);
  std::shared_ptr<const record_batch> anchor;
  {
    const std::lock_guard lock(upkeep_mutex_);
    anchor = anchors_[partition.id];
    if (anchor) to_compare_.try_emplace(partition.id, anchor);
  }
  const auto end = partition.end();
  if (!last && !anchor && end > partition.start()) {  // the tail has taken none yet
    auto before = readers_.read(partition.id, offset{end.value - 1}, end, 1, compare_wait);
    if (before) last = *std::move(before);
  }
  if (!last) return;
  const std::lock_guard lock(upkeep_mutex_);
  anchors_[partition.id] = std::move(last);
}

void kafka_engine::compare_remembered(kafka_partition& partition) {
  std::shared_ptr<const record_batch> ours;
  {
    const std::lock_guard lock(upkeep_mutex_);
    const auto found = to_compare_.find(partition.id);
    if (found == to_compare_.end()) return;
    ours = std::move(found->second);
    to_compare_.erase(found);
  }
  if (compare(partition, *ours)) return;
  const std::lock_guard lock(upkeep_mutex_);
  to_compare_[partition.id] = std::move(ours);  // older than what was remembered meanwhile
}

// A record that was read must still be the record at its offset.
bool kafka_engine::compare(kafka_partition& partition, const record_batch& ours) {
  const auto at = ours[0].at;
  if (partition.stopped() || at < partition.start()) return true;
  const auto read = [&] { return readers_.read(partition.id, at, next(at), 1, compare_wait); };
  auto theirs = read();
  // What broke on the way is whole the second time.
  if (!theirs && theirs.error().code == errc::damaged) theirs = read();
  if (!theirs && theirs.error().code == errc::out_of_range) {
    const std::lock_guard lock(upkeep_mutex_);
    suspicions_.try_emplace(partition.id, suspicion{RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, {}, 0});
    return false;  // there may be other records in a moment
  }
  if (!theirs && theirs.error().code != errc::damaged) return false;
  if (!theirs || !same_record(ours, **theirs)) {
    stop_partition(partition,
                   {errc::damaged, describe_position(partition.id, at) +
                                       ": another record stands there than the one that was read"});
    // It is seldom one partition alone that is another one now.
    const std::lock_guard lock(upkeep_mutex_);
    for (const auto& [id, anchor] : anchors_) {
      if (anchor) to_compare_.try_emplace(id, anchor);
    }
  }
  return true;
}

}  // namespace roomlog
