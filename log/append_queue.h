// What waits to be appended: bounded in bytes, handed to the writer in groups.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "log/append_budget.h"
#include "log/log.h"

namespace roomlog {

// One append() call on its way. The writer sets `first` and `append_time`; the records take offsets
// from `first` on, in order.
struct pending_append {
  partition_id partition;
  std::vector<append_entry> entries;
  append_handler done;
  std::size_t bytes = 0;  // what it counts in the queue's bound

  offset first{};
  timestamp append_time{};
};

using append_group = std::vector<pending_append>;

// Any thread pushes, one thread takes. When the bytes would pass `bytes_max` a push is refused
// (errc::full); nothing is ever dropped.
class append_queue {
 public:
  static constexpr std::chrono::milliseconds moment{500};

  append_queue(std::size_t bytes_max, std::size_t group_bytes_max);

  // Wakes the taker only if it sleeps. errc::full, errc::closed, errc::unavailable after fail().
  result<> push(pending_append append);

  enum class when_empty { wait, wait_a_moment, return_at_once };
  // Fills `group` (empty before) with all that waits, up to group_bytes_max but one append at
  // least. False when there is nothing and, having waited, never will be: after close() or fail().
  // True with an empty group when there was nothing for a moment.
  // The bytes of a group count until release().
  bool take(append_group& group, when_empty policy);
  void release(std::size_t bytes);

  // From now on pushes are refused with errc::closed; what waits can still be taken.
  void close();
  // From now on pushes are refused with errc::unavailable and this text. Gives back what waits; its
  // bytes count until release().
  append_group fail(const std::string& why);

  std::size_t bytes() const { return budget_.bytes(); }
  std::size_t bytes_max() const { return budget_.bytes_max(); }
  std::string failure() const { return budget_.failure(); }
  // Whether pushes are refused for good.
  result<> check_open() const { return budget_.check_open(); }

 private:
  const std::size_t group_bytes_max_;
  append_budget budget_;  // closed and failed under the lock, so that the taker misses neither

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  bool taker_sleeps_ = false;
  std::deque<pending_append> waiting_;
};

// What an append counts: its keys and values and what holding them costs.
std::size_t queued_size(const std::vector<append_entry>& entries);
// What of it is one entry's.
std::size_t queued_size(const append_entry& entry);

}  // namespace roomlog
