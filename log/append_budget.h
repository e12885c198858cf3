// What may wait to be appended: a bound in bytes, and whether anything is taken at all.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>

#include "log/base/result.h"

namespace roomlog {

// Thread-safe. What was admitted counts until it is released.
class append_budget {
 public:
  explicit append_budget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // errc::full, errc::closed after close(), errc::unavailable after fail().
  result<> admit(std::size_t bytes);
  // As admit(), of nothing.
  result<> check_open() const;
  void release(std::size_t bytes);

  void close();
  // The first reason stays. False where there was one already.
  bool fail(const std::string& why);
  bool is_open() const { return check_open().has_value(); }

  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::size_t bytes_max() const { return bytes_max_; }
  std::string failure() const;
  // False when `wait` passes before everything was released.
  bool wait_until_empty(std::chrono::milliseconds wait);

 private:
  result<> check_open_locked() const;

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  std::atomic<std::size_t> bytes_{0};  // changes under the lock, is read without
  bool closed_ = false;
  std::string failure_;
};

}  // namespace roomlog
