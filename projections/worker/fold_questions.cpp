#include "projections/worker/fold_questions.h"

#include <string>
#include <utility>
#include <vector>

namespace roomlog {

error fold_questions::closed() const {
  return {errc::closed,
          "the fold of partition " + std::to_string(partition_.value) + " has stopped"};
}

void fold_questions::confirm() {
  confirmed_ = true;
  move(position());  // who waits for what was decided before this process began
}

void fold_questions::wait(offset until, answer done) {
  bool reached = false;
  {
    const std::lock_guard lock(mutex_);
    reached = confirmed_ && position() >= until;
    if (!reached && !closed_) {
      waiting_.emplace(until, question{std::move(done), now_});
      return;
    }
  }
  if (reached) return done({});
  done(closed());
}

void fold_questions::move(offset to) {
  std::vector<answer> reached;
  {
    const std::lock_guard lock(mutex_);
    position_.store(to.value, std::memory_order_release);
    const auto end = waiting_.upper_bound(to);
    for (auto i = waiting_.begin(); i != end; ++i) reached.push_back(std::move(i->second.done));
    waiting_.erase(waiting_.begin(), end);
  }
  for (auto& done : reached) done({});
}

void fold_questions::give_up(std::chrono::microseconds now, std::chrono::microseconds at_most) {
  std::vector<answer> late;
  {
    const std::lock_guard lock(mutex_);
    now_ = now;
    for (auto one = waiting_.begin(); one != waiting_.end();) {
      auto& [done, since] = one->second;
      if (since == std::chrono::microseconds{0}) since = now;
      if (now - since < at_most) {
        ++one;
        continue;
      }
      late.push_back(std::move(done));
      one = waiting_.erase(one);
    }
    given_up_ += late.size();
  }
  for (auto& done : late) {
    done(error{errc::timeout, "the fold of partition " + std::to_string(partition_.value) +
                                  " did not come to the log's end"});
  }
}

void fold_questions::close() {
  std::multimap<offset, question> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    left.swap(waiting_);
  }
  for (auto& [until, one] : left) one.done(closed());
}

std::size_t fold_questions::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::uint64_t fold_questions::given_up() const {
  const std::lock_guard lock(mutex_);
  return given_up_;
}

}  // namespace roomlog
