#include "tests/testing/log_share.h"

#include <algorithm>

namespace roomlog::testing {

// Ends the base's calls first, so that none comes while it is taken from the list.
class log_share::following final : public follow_handle {
 public:
  following(log_share& owner, partition_id partition, std::function<void()> on_end)
      : owner_(owner) {
    {
      const std::lock_guard lock(owner_.followers_mutex_);
      owner_.followers_.emplace(this, on_end);
    }
    inner_ = owner_.base().follow(partition, std::move(on_end));
  }
  ~following() override {
    inner_.reset();
    const std::lock_guard lock(owner_.followers_mutex_);
    owner_.followers_.erase(this);
  }

 private:
  log_share& owner_;
  std::unique_ptr<follow_handle> inner_;
};

void log_share::hold() {
  const std::lock_guard lock(mutex_);
  held_.clear();
  for (std::uint32_t p = 0; p < partitions(); ++p) {
    held_.push_back(base().bounds(partition_id{p}).end);
  }
}

void log_share::hold_with_ends() {
  hold();
  const std::lock_guard lock(mutex_);
  ends_held_ = true;
}

void log_share::release() {
  {
    const std::lock_guard lock(mutex_);
    held_.clear();
    ends_held_ = false;
  }
  const std::lock_guard lock(followers_mutex_);
  for (const auto& [who, on_end] : followers_) on_end();
}

void log_share::cut(partition_id partition, offset start) {
  const std::lock_guard lock(mutex_);
  starts_[partition.value] = std::max(starts_[partition.value], start);
}

void log_share::close_partition(partition_id partition) {
  const std::lock_guard lock(mutex_);
  closed_[partition.value] = true;
}

void log_share::open_partition(partition_id partition) {
  {
    const std::lock_guard lock(mutex_);
    closed_[partition.value] = false;
  }
  const std::lock_guard lock(followers_mutex_);
  for (const auto& [who, on_end] : followers_) on_end();
}

bool log_share::is_open(partition_id partition) const {
  const std::lock_guard lock(mutex_);
  return !closed_[partition.value];
}

log_bounds log_share::bounds(partition_id partition) const {
  auto at = base().bounds(partition);
  const std::lock_guard lock(mutex_);
  if (closed_[partition.value]) return {};
  at.start = std::max(at.start, starts_[partition.value]);
  if (!held_.empty()) at.end = std::min(at.end, held_[partition.value]);
  return at;
}

result<std::shared_ptr<const record_batch>> log_share::read(partition_id partition, offset from,
                                                            std::size_t bytes_max) {
  if (before_read) before_read();
  if (!is_open(partition)) return error{errc::timeout, "the partition is not open"};
  const auto seen = bounds(partition);
  if (from < seen.start || from > seen.end) {
    return error{errc::out_of_range, "offset " + std::to_string(from.value) + " is not there"};
  }
  ++reads_;
  auto batch = base().read(partition, from, bytes_max);
  if (!batch) return batch;
  record_batch_builder builder(partition, from);
  for (std::size_t i = 0; i < (*batch)->size(); ++i) {
    const record_view record = (**batch)[i];
    if (record.at >= seen.end) break;
    bytes_read_ += record.value.size();
    builder.add(record.at, record.append_time, record.key, record.value);
  }
  return builder.finish();
}

void log_share::find_end(partition_id partition, std::function<void(result<offset>)> done) {
  if (!ends_answered_) return done(error{errc::unavailable, "nobody answers"});
  offset end = base().bounds(partition).end;
  {
    const std::lock_guard lock(mutex_);
    if (ends_held_) end = std::min(end, held_[partition.value]);
  }
  done(end);
}

std::size_t log_share::followers() const {
  const std::lock_guard lock(followers_mutex_);
  return followers_.size();
}

std::unique_ptr<follow_handle> log_share::follow(partition_id partition,
                                                 std::function<void()> on_end) {
  return std::make_unique<following>(*this, partition, std::move(on_end));
}

}  // namespace roomlog::testing
