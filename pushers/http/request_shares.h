// How many requests wait for their answers: all of them, and those of each user, who may have as
// many as are left to the others. So nobody takes them all, and one alone has half. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace roomlog {

class request_shares {
 public:
  // One more, whose user is not known yet. False, and it is not counted, where there are `most`.
  bool enter(std::uint64_t most) {
    const std::lock_guard lock(mutex_);
    if (all_ >= most) return false;
    ++all_;
    return true;
  }
  // It is this user's. False, and it is not counted as theirs, where they have their share.
  bool name(const std::string& user, std::uint64_t most) {
    const std::lock_guard lock(mutex_);
    auto& own = users_[user];
    const auto free = most - all_;
    if (own > free) return false;
    ++own;
    return true;
  }
  // `user` empty: it was not counted as anybody's.
  void leave(const std::string& user) {
    const std::lock_guard lock(mutex_);
    --all_;
    const auto own = users_.find(user);
    if (own != users_.end() && --own->second == 0) users_.erase(own);
  }
  std::uint64_t all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t all_ = 0;
  std::unordered_map<std::string, std::uint64_t> users_;
};

}  // namespace roomlog
