// Time comes in through a parameter. The system clock is used by the shells only; the fold,
// sessions and projections get what they need as values, so that tests and the simulation own the
// time.
#pragma once

#include <atomic>
#include <chrono>

#include "log/base/types.h"

namespace roomlog {

// Thread-safe. Outlives whoever holds a reference to it.
class clock_source {
 public:
  virtual ~clock_source() = default;
  // Wall-clock time; may step. For what people see and for append times.
  virtual timestamp now() const = 0;
  // Never goes back. For timeouts and rates; its zero means nothing.
  virtual std::chrono::microseconds steady() const = 0;
};

class system_clock_source final : public clock_source {
 public:
  timestamp now() const override {
    using namespace std::chrono;
    return timestamp{duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
  }
  std::chrono::microseconds steady() const override {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch());
  }
};

// Moves only when told to.
class manual_clock_source final : public clock_source {
 public:
  explicit manual_clock_source(timestamp start = timestamp{1'700'000'000'000'000})
      : now_us_(start.value), steady_us_(start.value) {}
  timestamp now() const override { return timestamp{now_us_.load()}; }
  std::chrono::microseconds steady() const override {
    return std::chrono::microseconds{steady_us_.load()};
  }
  void advance(std::chrono::microseconds by) {
    now_us_ += by.count();
    steady_us_ += by.count();
  }
  // Somebody sets the wall clock, forwards or back.
  void step(std::chrono::microseconds by) { now_us_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_us_, steady_us_;
};

}  // namespace roomlog
