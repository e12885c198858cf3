// What other threads have for a shard: decided batches and answers, in the order in which they came.
// Batches beyond the bound are dropped, which the taker is told; answers never are.
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "projections/fold/decided.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog {

// Thread-safe.
class shard_inbox {
 public:
  struct item {
    decided_batch_ptr batch;  // may be null
    std::vector<addressed_outcome> outcomes;
  };
  struct contents {
    std::vector<item> items;
    bool gap = false;  // a batch was dropped since the last take()
  };

  explicit shard_inbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // True: the first since the last take(), which has to be called.
  [[nodiscard]] bool put(const decided_batch_ptr& batch, std::vector<addressed_outcome> outcomes) {
    const std::lock_guard lock(mutex_);
    const auto bytes = batch ? batch->bytes() : 0;
    const bool fits = bytes_ + bytes <= bytes_max_;
    if (fits) {
      bytes_ += bytes;
    } else {
      waiting_.gap = true;
      ++dropped_;
    }
    if (fits || !outcomes.empty())
      waiting_.items.push_back({fits ? batch : nullptr, std::move(outcomes)});
    return !std::exchange(taker_called_, true);
  }

  contents take() {
    const std::lock_guard lock(mutex_);
    bytes_ = 0;
    taker_called_ = false;
    return std::exchange(waiting_, {});
  }

  struct figures {
    std::size_t bytes;
    std::uint64_t dropped;  // batches
  };
  figures stats() const {
    const std::lock_guard lock(mutex_);
    return {bytes_, dropped_};
  }

 private:
  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  contents waiting_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  bool taker_called_ = false;
};

}  // namespace roomlog
