// A read of the storage that is not waited for: asked for by a thread that looks after other
// partitions meanwhile, and kept until that thread comes for it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "log/base/result.h"
#include "log/record.h"

namespace roomlog {

// Of one partition; thread-safe. Holds one answer at most.
class kafka_asked_read {
 public:
  using answer = result<std::shared_ptr<const record_batch>>;

  // The answer for this position, once. An answer for another one is dropped.
  std::optional<answer> take(offset from) {
    const std::lock_guard lock(mutex_);
    auto taken = std::exchange(there_, std::nullopt);
    if (taken && taken->first == from) return std::move(taken->second);
    return std::nullopt;
  }
  // False: a read is under way. Else the caller sees to it that put() or give_up() follows.
  bool begin() {
    const std::lock_guard lock(mutex_);
    return !std::exchange(under_way_, true);
  }
  void put(offset from, answer what) {
    const std::lock_guard lock(mutex_);
    there_.emplace(from, std::move(what));
    under_way_ = false;
  }
  void give_up() {
    const std::lock_guard lock(mutex_);
    under_way_ = false;
  }

 private:
  std::mutex mutex_;
  bool under_way_ = false;
  std::optional<std::pair<offset, answer>> there_;
};

}  // namespace roomlog
