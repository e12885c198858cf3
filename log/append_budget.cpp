#include "log/append_budget.h"

namespace roomlog {

result<> append_budget::admit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (auto open = check_open_locked(); !open) return open;
  const auto waiting = bytes_.load(std::memory_order_relaxed);
  if (bytes > bytes_max_ - waiting) {
    return error{errc::full, "appends of " + std::to_string(waiting + bytes) +
                                 " bytes would wait, but append_queue_bytes_max is " +
                                 std::to_string(bytes_max_)};
  }
  bytes_.store(waiting + bytes, std::memory_order_relaxed);
  return {};
}

void append_budget::release(std::size_t bytes) {
  bool empty = false;
  {
    const std::lock_guard lock(mutex_);
    const auto left = bytes_.load(std::memory_order_relaxed) - bytes;
    bytes_.store(left, std::memory_order_relaxed);
    empty = left == 0;
  }
  if (empty) emptied_.notify_all();
}

void append_budget::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

bool append_budget::fail(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) return false;
  failure_ = why;
  return true;
}

result<> append_budget::check_open() const {
  const std::lock_guard lock(mutex_);
  return check_open_locked();
}

result<> append_budget::check_open_locked() const {
  if (!failure_.empty()) return error{errc::unavailable, failure_};
  if (closed_) return error{errc::closed, "the log is closed"};
  return {};
}

std::string append_budget::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool append_budget::wait_until_empty(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, wait, [&] { return bytes_.load(std::memory_order_relaxed) == 0; });
}

}  // namespace roomlog
