// A value for each user ("tenant/user"), made when it is first asked for and forgotten when it says
// nothing any more. In shards with a lock each, so that users seldom wait for each other.
//
// Thread-safe. Bounded by the users that did something lately.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace roomlog {

template <class Value>
class user_table {
 public:
  // use(value) under the shard's lock; makes the value where there is none.
  template <class Use>
  auto with(std::string_view user, Use&& use) {
    shard& in = shard_of(user);
    const std::lock_guard lock(in.mutex);
    auto found = in.users.find(user);
    if (found == in.users.end()) found = in.users.try_emplace(std::string(user)).first;
    return use(found->second);
  }
  // The same where there is one; else nothing.
  template <class Use>
  void with_known(std::string_view user, Use&& use) {
    shard& in = shard_of(user);
    const std::lock_guard lock(in.mutex);
    const auto found = in.users.find(user);
    if (found != in.users.end()) use(found->second);
  }
  template <class Use>
  void for_each(Use&& use) const {
    for (const shard& in : shards_) {
      const std::lock_guard lock(in.mutex);
      for (const auto& [user, value] : in.users) use(value);
    }
  }
  // To be called now and then: forgets those of one shard whose value is idle, of another shard
  // each time.
  template <class IsIdle>
  void forget_idle(IsIdle&& is_idle) {
    std::size_t which;
    {
      const std::lock_guard lock(sweep_mutex_);
      which = next_sweep_++ % shards_.size();
    }
    shard& in = shards_[which];
    const std::lock_guard lock(in.mutex);
    for (auto i = in.users.begin(); i != in.users.end();) {
      i = is_idle(i->second) ? in.users.erase(i) : std::next(i);
    }
  }
  std::size_t size() const {
    std::size_t sum = 0;
    for (const shard& in : shards_) {
      const std::lock_guard lock(in.mutex);
      sum += in.users.size();
    }
    return sum;
  }

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Value, text_hash, std::equal_to<>> users;
  };

  shard& shard_of(std::string_view user) { return shards_[text_hash{}(user) / 7 % shards_.size()]; }

  std::array<shard, 16> shards_;
  std::mutex sweep_mutex_;
  std::size_t next_sweep_ = 0;
};

}  // namespace roomlog
