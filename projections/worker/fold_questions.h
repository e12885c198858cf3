// Callers that wait for the fold of one partition to come to an offset, and where it stands for
// them. Thread-safe; calls back without its lock.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>

#include "log/base/result.h"
#include "log/base/types.h"

namespace roomlog {

class fold_questions {
 public:
  using answer = std::function<void(result<>)>;

  fold_questions(partition_id partition, offset position)
      : partition_(partition), position_(position.value) {}

  offset position() const { return offset{position_.load(std::memory_order_acquire)}; }
  // Until then the position is only claimed: the state was not compared with the log.
  void confirm();
  void doubt() { confirmed_ = false; }
  bool confirmed() const { return confirmed_; }

  // Answered at once where the position is there; else by move(), give_up() or close().
  void wait(offset until, answer done);
  void move(offset to);
  // Answers what waits for `at_most` or longer with errc::timeout. `now` is steady time.
  void give_up(std::chrono::microseconds now, std::chrono::microseconds at_most);
  // Answers what waits, and what would, with errc::closed.
  void close();

  std::size_t waiting() const;
  std::uint64_t given_up() const;

 private:
  error closed() const;

  const partition_id partition_;
  std::atomic<std::uint64_t> position_;
  std::atomic<bool> confirmed_{false};
  mutable std::mutex mutex_;  // of what follows
  struct question {
    answer done;
    std::chrono::microseconds since;  // 0: before the first give_up()
  };
  std::multimap<offset, question> waiting_;
  bool closed_ = false;
  std::chrono::microseconds now_{};
  std::uint64_t given_up_ = 0;
};

}  // namespace roomlog
