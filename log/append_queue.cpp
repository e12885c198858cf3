#include "log/append_queue.h"

#include <iterator>

namespace roomlog {
namespace {

constexpr std::size_t append_overhead_bytes = 96;
constexpr std::size_t entry_overhead_bytes = 64;

}  // namespace

std::size_t queued_size(const std::vector<append_entry>& entries) {
  std::size_t bytes = append_overhead_bytes;
  for (const auto& entry : entries) {
    bytes += entry.key.size() + entry.value.size() + entry_overhead_bytes;
  }
  return bytes;
}

append_queue::append_queue(std::size_t bytes_max, std::size_t group_bytes_max)
    : bytes_max_(bytes_max), group_bytes_max_(group_bytes_max) {}

result<> append_queue::push(pending_append append) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) return error{errc::unavailable, failure_};
    if (closed_) return error{errc::closed, "the log is closed"};
    const auto bytes = bytes_.load(std::memory_order_relaxed) + append.bytes;
    if (bytes > bytes_max_) {
      return error{errc::full, "appends of " + std::to_string(bytes) +
                                   " bytes would wait, append_queue_bytes_max is " +
                                   std::to_string(bytes_max_)};
    }
    bytes_.store(bytes, std::memory_order_relaxed);
    waiting_.push_back(std::move(append));
    wake = std::exchange(taker_sleeps_, false);
  }
  if (wake) filled_.notify_one();
  return {};
}

bool append_queue::take(append_group& group, when_empty policy) {
  std::unique_lock lock(mutex_);
  while (waiting_.empty()) {
    if (policy == when_empty::return_at_once || closed_ || !failure_.empty()) return false;
    taker_sleeps_ = true;
    filled_.wait(lock);
  }
  taker_sleeps_ = false;
  std::size_t bytes = 0;
  while (!waiting_.empty()) {
    bytes += waiting_.front().bytes;
    if (bytes > group_bytes_max_ && !group.empty()) break;
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return true;
}

void append_queue::release(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_.store(bytes_.load(std::memory_order_relaxed) - bytes, std::memory_order_relaxed);
}

void append_queue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_one();
}

append_group append_queue::fail(const std::string& why) {
  append_group left;
  {
    const std::lock_guard lock(mutex_);
    failure_ = why;
    left.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
    waiting_.clear();
  }
  filled_.notify_one();
  return left;
}

std::string append_queue::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace roomlog
