// The undecided commands of one lane, in the order in which they came.
//
//   appended, by number          backlog: waits for the fence, or for room in the log's queue
//   | 5 | 6 | – | 8 |            | c | d |
//     first_number_ = 5          (6 was decided late, 7 is decided: a hole until 5 is)
//
// Not thread-safe: belongs to the lane's lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ingress/pending_command.h"
#include "ingress/undecided_connections.h"

namespace roomlog {

class pending_set {
 public:
  using owned = std::unique_ptr<pending_command>;

  pending_command* find(const std::string& key) const;
  // To the end of the backlog.
  pending_command& add(owned command);
  void attach(pending_command& to, command_waiter waiter);

  bool has_backlog() const { return !backlog_.empty(); }
  const std::deque<owned>& backlog() const { return backlog_; }
  // Moves the backlog's first `count` to the appended ones, numbered from `first_number` on, which
  // follows the last number given.
  void mark_appended(std::size_t count, std::uint64_t first_number);
  // The last of the backlog, which was not appended.
  owned take_last_of_backlog();
  // The appended one with this number, or null.
  pending_command* numbered(std::uint64_t number) const;
  owned take_numbered(std::uint64_t number);
  // What is appended and undecided goes to the front of the backlog, in its order; numbers are
  // given anew. Then drop_unawaited().
  void rewind();
  // Drops commands without waiters, appended or not.
  void drop_unawaited();
  std::vector<owned> take_backlog();
  // Of the backlog, what was not appended under an earlier fence either.
  std::vector<owned> take_never_appended();
  std::vector<owned> take_appended();

  // Waiters past `now` are taken out and given to `on_late`.
  template <class OnLate>
  void take_late(std::chrono::microseconds now, OnLate on_late) {
    if (now < look_again_) return;
    look_again_ = std::chrono::microseconds::max();
    for (auto& c : appended_) {
      if (c) take_late_of(*c, now, on_late);
    }
    for (auto& c : backlog_) take_late_of(*c, now, on_late);
  }
  // Commands that were never appended and have no waiters any more.
  std::vector<owned> take_forgotten();

  const undecided_connections& connections() const { return connections_; }
  // Answers to this connection are to be dropped.
  void close_connection(std::uint64_t connection) { connections_.close(connection); }

  std::size_t size() const { return by_key_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  template <class OnLate>
  void take_late_of(pending_command& c, std::chrono::microseconds now, OnLate& on_late) {
    std::size_t left = c.waiters.size();
    std::erase_if(c.waiters, [&](command_waiter& w) {
      if (w.until > now) {
        look_again_ = std::min(look_again_, w.until);
        return false;
      }
      const bool last_of_unsent = c.appends == 0 && left == 1;
      --left;
      add_bytes(c, -w.bytes());
      on_late(c, w, last_of_unsent);
      return true;
    });
  }
  template <class Wanted>
  std::vector<owned> take_of_backlog(Wanted wanted);
  owned release(owned& slot);
  void trim_front();
  void add_connection(pending_command& to, std::uint64_t connection);
  // Wraps where it takes away, as unsigned numbers may.
  void add_bytes(pending_command& to, std::size_t more) {
    to.bytes += more;
    to.share.add_bytes(more);
    bytes_ += more;
  }

  std::unordered_map<std::string_view, pending_command*> by_key_;  // keys live in the commands
  std::deque<owned> appended_;                                     // null where decided
  std::uint64_t first_number_ = 1;                                 // of appended_.front()
  std::deque<owned> backlog_;
  undecided_connections connections_;
  std::size_t bytes_ = 0;
  std::chrono::microseconds look_again_ = std::chrono::microseconds::max();
};

}  // namespace roomlog
