// How far a server that starts still has to read: the ends of the log as they were found at the
// start, and where the fold stands.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/log.h"
#include "projections/worker/fold_lookup.h"

namespace roomlog {

// Thread-safe, but tick() on one thread. `events` and `fold` outlive it. Held by shared_ptr: the
// log calls back.
class start_progress : public std::enable_shared_from_this<start_progress> {
 public:
  // Asks the log for the end of each partition that is folded here.
  static std::shared_ptr<start_progress> begin(log& events, const fold_lookup& fold,
                                               std::uint64_t lag_max);

  // Whether the fold has come within `lag_max` records of every end; it stays so.
  bool over() const;
  // Records up to the ends that were found, as far as they are known.
  std::uint64_t records_left() const;
  // Empty once it is over; else "has 1200 of 5000 records still to read, in 2 partitions".
  std::string in_words() const;
  // Says in the diagnostics every few seconds how far it is, and asks again for ends that the log
  // did not tell. `now` is steady time.
  void tick(std::chrono::microseconds now);

 private:
  enum class knowledge { wanted, asked, known };
  struct goal {
    partition_id partition;
    offset begun, end;
    knowledge of_end = knowledge::wanted;
  };
  struct distance {
    std::uint64_t left = 0, whole = 0, most = 0;
    std::size_t partitions = 0;  // with records left
    bool known = true;
  };

  start_progress(log& events, const fold_lookup& fold, std::uint64_t lag_max);
  void ask();
  distance measure() const;

  log& events_;
  const fold_lookup& fold_;
  const std::uint64_t lag_max_;
  mutable std::atomic<bool> over_{false};
  std::chrono::microseconds say_at_{};
  bool said_ = false;
  mutable std::mutex mutex_;
  std::vector<goal> goals_;
};

}  // namespace roomlog
