// What the parts of the Kafka engine share of one partition.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "log/followers.h"
#include "log/kafka/kafka_appends.h"
#include "log/kafka/kafka_asked_read.h"
#include "log/log.h"
#include "log/tail.h"

namespace roomlog {

enum class kafka_follow { tail, nothing };

// Thread-safe. The tail is pushed to by the thread of kafka_tail alone.
class kafka_partition {
 public:
  // Without `at_opening` no broker could say where it stands: absent, until placed and opened.
  kafka_partition(partition_id which, kafka_follow follow, std::optional<log_bounds> at_opening,
                  std::size_t tail_bytes)
      : id(which),
        followed(follow == kafka_follow::tail),
        recent(at_opening ? at_opening->end : offset{}, tail_bytes),
        appends(which, followed ? &recent : nullptr),
        start_(at_opening ? at_opening->start.value : 0),
        end_(at_opening ? at_opening->end.value : 0),
        standing_(at_opening ? standing::open : standing::absent) {}

  //   absent ─place()─► placed: it is read, and its identity can be looked at ─open()─► open
  bool is_placed() const { return standing_.load(std::memory_order_acquire) != standing::absent; }
  bool is_open() const { return standing_.load(std::memory_order_acquire) == standing::open; }
  void place(log_bounds at) {
    raise(start_, at.start);
    raise(end_, at.end);
    standing_.store(standing::placed, std::memory_order_release);
  }
  void open() { standing_.store(standing::open, std::memory_order_release); }

  const partition_id id;
  const bool followed;
  tail recent;
  kafka_appends appends;
  followers following;
  kafka_asked_read asked;

  // Its leader when brokers said so last; -1: none, below: not known yet.
  std::int32_t leader() const { return leader_.load(std::memory_order_relaxed); }
  void set_leader(std::int32_t to) { leader_.store(to, std::memory_order_relaxed); }
  // The last read of the storage had no answer, here or in another partition of this leader.
  bool is_silent() const { return silent_.load(std::memory_order_relaxed); }
  void set_silent(bool to) { silent_.store(to, std::memory_order_relaxed); }
  // Records that are still not here of those up to where its leader said last that it ends.
  std::uint64_t unread() const {
    const auto there = told_end_.load(std::memory_order_relaxed), here = end().value;
    return followed && there > here ? there - here : 0;
  }
  void note_told_end(offset at) { told_end_.store(at.value, std::memory_order_relaxed); }
  // The log's descriptor is being appended to a partition that opens late; true: it was already.
  bool begin_copy() { return copying_.exchange(true); }
  void end_copy() { copying_ = false; }

  offset start() const { return offset{start_.load(std::memory_order_acquire)}; }
  // Of a partition that is not followed: as of the opening, or behind the last own append.
  offset end() const {
    return followed ? recent.end() : offset{end_.load(std::memory_order_acquire)};
  }
  void raise_start(offset to) {
    raise(start_, to);
    recent.trim(to);
  }
  void raise_end(offset to) { raise(end_, to); }

  // Nothing is read beyond the end any more; the first reason stays. False if it was so already.
  bool stop(const error& why) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return false;
      stopped_ = why;
    }
    appends.stop_reading_back(why.text);
    return true;
  }
  std::optional<error> stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }

 private:
  static void raise(std::atomic<std::uint64_t>& from, offset to) {
    auto now = from.load(std::memory_order_relaxed);
    while (now < to.value && !from.compare_exchange_weak(now, to.value)) {
    }
  }

  enum class standing { absent, placed, open };

  std::atomic<std::uint64_t> start_, end_;
  std::atomic<standing> standing_;
  std::atomic<std::int32_t> leader_{-2};
  std::atomic<bool> silent_{false}, copying_{false};
  std::atomic<std::uint64_t> told_end_{0};
  mutable std::mutex mutex_;
  std::optional<error> stopped_;
};

using kafka_partitions = std::vector<std::unique_ptr<kafka_partition>>;

}  // namespace roomlog
