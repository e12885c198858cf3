#include "log/tail.h"

#include <algorithm>
#include <cassert>

namespace roomlog {
namespace {

// What a batch costs besides its own blocks.
constexpr std::size_t batch_overhead_bytes = 160;
// A batch of this size is worth sharing by pointer even if more follows; smaller ones are joined.
constexpr std::size_t share_bytes_min = std::size_t{16} * 1024;

std::size_t cost(const record_batch& batch) {
  return batch.bytes() + batch_overhead_bytes;
}

offset first_of(const record_batch& batch) {
  return batch[0].at;
}

// One batch of the records from `from` on, up to about `bytes_max` bytes.
std::shared_ptr<const record_batch> join(
    const std::vector<std::shared_ptr<const record_batch>>& batches, partition_id partition,
    offset from, std::size_t bytes_max) {
  std::size_t records = 0;
  std::size_t bytes = 0;
  for (const auto& batch : batches) {
    records += batch->size();
    bytes += batch->bytes();
  }
  record_batch_builder joined(partition, from);
  if (bytes <= bytes_max) joined.reserve(records, bytes);
  for (const auto& batch : batches) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const auto record = (*batch)[i];
      if (record.at < from) continue;
      if (joined.size() > 0 &&
          joined.bytes() + record.key.size() + record.value.size() > bytes_max) {
        return joined.finish();
      }
      joined.add(record.at, record.append_time, record.key, record.value);
    }
  }
  return joined.finish();
}

}  // namespace

tail::tail(offset next, std::size_t bytes_max) : bytes_max_(bytes_max), end_(next.value) {}

void tail::push(std::shared_ptr<const record_batch> batch) {
  assert(!batch->empty() && first_of(*batch) == end());
  std::vector<batch_ptr> evicted;  // freed after the lock
  const std::lock_guard lock(mutex_);
  bytes_ += cost(*batch);
  const auto next = batch->next_offset();
  batches_.push_back(std::move(batch));
  while (bytes_ > bytes_max_ && batches_.size() > 1) {
    bytes_ -= cost(*batches_.front());
    evicted.push_back(std::move(batches_.front()));
    batches_.pop_front();
  }
  end_.store(next.value, std::memory_order_release);
}

// The last batch stays, as in push(): it knows the last append time.
void tail::trim(offset below) {
  std::vector<batch_ptr> removed;  // freed after the lock
  const std::lock_guard lock(mutex_);
  trimmed_ = std::max(trimmed_, std::min(below, end()));
  while (batches_.size() > 1 && batches_.front()->next_offset() <= trimmed_) {
    bytes_ -= cost(*batches_.front());
    removed.push_back(std::move(batches_.front()));
    batches_.pop_front();
  }
}

offset tail::begin() const {
  const std::lock_guard lock(mutex_);
  return begin_locked();
}

offset tail::begin_locked() const {
  return batches_.empty() ? end() : std::max(trimmed_, first_of(*batches_.front()));
}

std::size_t tail::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

timestamp tail::last_append_time() const {
  const std::lock_guard lock(mutex_);
  if (batches_.empty()) return {};
  const auto& last = *batches_.back();
  return last[last.size() - 1].append_time;
}

std::vector<tail::batch_ptr> tail::collect(offset from, std::size_t bytes_max) const {
  const std::lock_guard lock(mutex_);
  if (batches_.empty() || from < begin_locked()) return {};
  auto at = std::upper_bound(
      batches_.begin(), batches_.end(), from,
      [](offset wanted, const batch_ptr& batch) { return wanted < first_of(*batch); });
  --at;
  std::vector<batch_ptr> found{*at};
  std::size_t bytes = (*at)->bytes();
  const bool whole = first_of(**at) == from && bytes <= bytes_max;
  if (whole && bytes >= share_bytes_min) return found;
  for (++at; at != batches_.end() && bytes < bytes_max; ++at) {
    found.push_back(*at);
    bytes += (*at)->bytes();
  }
  return found;
}

std::shared_ptr<const record_batch> tail::read(partition_id partition, offset from,
                                               std::size_t bytes_max) const {
  if (from >= end()) return record_batch_builder(partition, from).finish();
  const auto found = collect(from, bytes_max);
  if (found.empty()) return nullptr;
  const auto& first = *found.front();
  const bool whole = first_of(first) == from;
  if (found.size() == 1 && whole && (first.size() == 1 || first.bytes() <= bytes_max)) {
    return found.front();
  }
  return join(found, partition, from, bytes_max);
}

}  // namespace roomlog
