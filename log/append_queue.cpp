#include "log/append_queue.h"

#include <iterator>

namespace roomlog {
namespace {

constexpr std::size_t append_overhead_bytes = 96;
constexpr std::size_t entry_overhead_bytes = 64;

}  // namespace

std::size_t queued_size(const std::vector<append_entry>& entries) {
  std::size_t bytes = append_overhead_bytes;
  for (const auto& entry : entries) bytes += queued_size(entry);
  return bytes;
}

std::size_t queued_size(const append_entry& entry) {
  return entry.key.size() + entry.value.size() + entry.traceparent.size() + entry_overhead_bytes;
}

append_queue::append_queue(std::size_t bytes_max, std::size_t group_bytes_max)
    : group_bytes_max_(group_bytes_max), budget_(bytes_max) {}

result<> append_queue::push(pending_append append) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (auto admitted = budget_.admit(append.bytes); !admitted) return admitted;
    waiting_.push_back(std::move(append));
    wake = std::exchange(taker_sleeps_, false);
  }
  if (wake) filled_.notify_one();
  return {};
}

bool append_queue::take(append_group& group, when_empty policy) {
  std::unique_lock lock(mutex_);
  while (waiting_.empty()) {
    if (policy == when_empty::return_at_once || !budget_.is_open()) return false;
    taker_sleeps_ = true;
    if (policy == when_empty::wait) {
      filled_.wait(lock);
    } else if (filled_.wait_for(lock, moment) == std::cv_status::timeout && waiting_.empty()) {
      taker_sleeps_ = false;
      return budget_.is_open();
    }
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
  budget_.release(bytes);
}

void append_queue::close() {
  {
    const std::lock_guard lock(mutex_);
    budget_.close();
  }
  filled_.notify_one();
}

append_group append_queue::fail(const std::string& why) {
  append_group left;
  {
    const std::lock_guard lock(mutex_);
    (void)budget_.fail(why);  // the first reason stays
    left.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
    waiting_.clear();
  }
  filled_.notify_one();
  return left;
}

}  // namespace roomlog
