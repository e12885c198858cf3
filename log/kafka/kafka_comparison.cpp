#include "log/kafka/kafka_comparison.h"

#include <utility>

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

// Null where the tail holds none.
std::shared_ptr<const record_batch> last_record(const kafka_partition& partition) {
  const auto end = partition.recent.end();
  if (!partition.followed || partition.recent.begin() == end) return nullptr;
  return partition.recent.read(partition.id, offset{end.value - 1}, 1);
}

}  // namespace

void kafka_comparison::remember_last(const kafka_partition& partition) {
  auto last = last_record(partition);
  if (!last) return;
  const std::lock_guard lock(mutex_);
  to_compare_.try_emplace(partition.id, std::move(last));
}

void kafka_comparison::remember_all() {
  for (const auto& partition : partitions_) remember_last(*partition);
}

// One record will do, as a topic is made anew with all of its partitions; the rounds have none until
// a round is over.
void kafka_comparison::remember_topic() {
  for (const auto& partition : partitions_) {
    const auto end = partition->end();
    if (!partition->followed || partition->start() == end) continue;
    auto last = read_(partition->id, offset{end.value - 1}, remember_wait);
    const std::lock_guard lock(mutex_);
    if (last) to_compare_.try_emplace(partition->id, *std::move(last));
    return;
  }
}

kafka_partition* kafka_comparison::next_in_round() {
  auto& next = *partitions_[next_++ % partitions_.size()];
  return next.followed && !next.stopped() ? &next : nullptr;
}

std::vector<kafka_partition*> kafka_comparison::due() const {
  std::vector<kafka_partition*> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, remembered] : to_compare_) out.push_back(partitions_[id.value].get());
  return out;
}

void kafka_comparison::begin_round(const kafka_partition& partition) {
  auto last = last_record(partition);
  record anchor;
  {
    const std::lock_guard lock(mutex_);
    anchor = anchors_[partition.id];
    if (anchor) to_compare_.try_emplace(partition.id, anchor);
  }
  const auto end = partition.end();
  if (!last && !anchor && end > partition.start()) {  // the tail has taken none yet
    auto before = read_(partition.id, offset{end.value - 1}, compare_wait);
    if (before) last = *std::move(before);
  }
  if (!last) return;
  const std::lock_guard lock(mutex_);
  anchors_[partition.id] = std::move(last);
}

void kafka_comparison::compare_remembered(kafka_partition& partition) {
  record ours;
  {
    const std::lock_guard lock(mutex_);
    const auto found = to_compare_.find(partition.id);
    if (found == to_compare_.end()) return;
    ours = std::move(found->second);
    to_compare_.erase(found);
  }
  if (compare(partition, *ours)) return;
  const std::lock_guard lock(mutex_);
  to_compare_[partition.id] = std::move(ours);  // older than what was remembered meanwhile
}

bool kafka_comparison::confirm(kafka_partition& partition) {
  record last;
  {
    const std::lock_guard lock(mutex_);
    const auto remembered = to_compare_.find(partition.id);
    if (remembered != to_compare_.end()) last = remembered->second;
  }
  if (!last) return true;
  if (!compare(partition, *last)) return false;
  const std::lock_guard lock(mutex_);
  to_compare_.erase(partition.id);
  return true;
}

// A record that was read must still be the record at its offset.
bool kafka_comparison::compare(kafka_partition& partition, const record_batch& ours) {
  const auto at = ours[0].at;
  if (partition.stopped() || at < partition.start()) return true;
  auto theirs = read_(partition.id, at, compare_wait);
  // What broke on the way is whole the second time.
  if (!theirs && theirs.error().code == errc::damaged) {
    theirs = read_(partition.id, at, compare_wait);
  }
  if (!theirs && theirs.error().code == errc::out_of_range) {
    // Most likely another process trimmed the log. There may be other records in a moment, too.
    owner_.look_into(partition, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
    return false;
  }
  if (!theirs && theirs.error().code != errc::damaged) return false;
  if (!theirs || !same_record(ours, **theirs)) stop(partition, at);
  return true;
}

void kafka_comparison::stop(kafka_partition& partition, offset at) {
  owner_.stop_partition(
      partition, {errc::damaged, describe_position(partition.id, at) +
                                     ": another record stands there than the one that was read"});
  // It is seldom one partition alone that is another one now.
  const std::lock_guard lock(mutex_);
  for (const auto& [id, anchor] : anchors_) {
    if (anchor) to_compare_.try_emplace(id, anchor);
  }
}

}  // namespace roomlog
