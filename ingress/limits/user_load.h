// What each user has in flight: commands without a verdict and their memory, and bytes that wait in
// the log's queue, in all partitions together. Who adds to it holds a share, which gives back
// what it took when it ends, so that no way out of a lane can forget to.
//
// Thread-safe, but a share itself belongs to its owner.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "ingress/limits/user_table.h"

namespace roomlog {

struct user_load {
  std::atomic<std::size_t> commands{0}, bytes{0}, queued_bytes{0};
};
using user_load_ptr = std::shared_ptr<user_load>;

// Of one command in flight.
class load_share {
 public:
  load_share() = default;
  explicit load_share(user_load_ptr of) : of_(std::move(of)) { of_->commands += 1; }
  load_share(load_share&& other) noexcept
      : of_(std::move(other.of_)), bytes_(std::exchange(other.bytes_, 0)) {}
  load_share& operator=(load_share&& other) noexcept {
    std::swap(of_, other.of_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~load_share() {
    if (!of_) return;
    of_->commands -= 1;
    of_->bytes -= bytes_;
  }

  const user_load_ptr& of() const { return of_; }
  // Wraps where it takes away, as unsigned numbers may.
  void add_bytes(std::size_t more) {
    bytes_ += more;
    if (of_) of_->bytes += more;
  }

 private:
  user_load_ptr of_;
  std::size_t bytes_ = 0;
};

// Of one append, which may carry commands of several users.
class queue_share {
 public:
  queue_share() = default;
  queue_share(const queue_share&) = delete;
  queue_share& operator=(const queue_share&) = delete;
  ~queue_share() {
    for (const auto& [load, bytes] : parts_) load->queued_bytes -= bytes;
  }
  void add(const user_load_ptr& load, std::size_t bytes) {
    load->queued_bytes += bytes;
    parts_.emplace_back(load, bytes);
  }

 private:
  std::vector<std::pair<user_load_ptr, std::size_t>> parts_;
};

class user_loads {
 public:
  user_load_ptr of(std::string_view user) {
    return users_.with(user, [](user_load_ptr& load) {
      if (!load) load = std::make_shared<user_load>();
      return load;
    });
  }
  // To be called now and then: forgets users of whom there is no share.
  void forget_idle() {
    users_.forget_idle([](const user_load_ptr& load) { return load.use_count() == 1; });
  }
  std::size_t users() const { return users_.size(); }
  // Of the user that has most of it.
  std::size_t most(std::atomic<std::size_t> user_load::*what) const {
    std::size_t found = 0;
    users_.for_each(
        [&](const user_load_ptr& load) { found = std::max<std::size_t>(found, (*load).*what); });
    return found;
  }

 private:
  user_table<user_load_ptr> users_;
};

}  // namespace roomlog
