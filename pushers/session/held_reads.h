// The reads of one session that cannot run yet, in the order in which they came. They wait for
// commands of its own in that room, for the fold to be level, or for the search for the place where
// a subscription begins; read_starter decides. Bounded with the open queries by
// queries_in_flight_max; each waits until its deadline. Owned by its session; on the shard's
// thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "pushers/queries/plan_read.h"
#include "pushers/session/moment.h"

namespace roomlog {

struct pending_read {
  read_command what;
  std::chrono::microseconds deadline;
  std::uint64_t level_ticket = 0;   // of the level that it waits for; 0: it did not ask
  std::uint64_t cursor_ticket = 0;  // of the search that it asked for
  fold_level level = fold_level::not_awaited;
  std::optional<found_cursor> cursor{};
};

enum class read_outcome { done, held };

class held_reads {
 public:
  std::size_t count() const { return reads_.size(); }
  void add(pending_read read) { reads_.push_back(std::move(read)); }
  void clear() { reads_.clear(); }
  std::uint64_t next_ticket() { return ++last_ticket_; }

  // Whether a read of that room came before `read`, which need not be held itself.
  bool has_earlier(std::string_view room, const pending_read& read) const;
  // The subscribe for that room, of which there is one at most; it is not held any more.
  std::optional<subscribe_command> take_subscribe(std::string_view room);

  void on_level(std::uint64_t ticket);
  void on_cursor(const found_cursor& found);
  // Tries each in order, and lets go of those that are done.
  template <class Try>
  void retry(Try attempt) {
    for (std::size_t i = 0; i < reads_.size();) {
      if (attempt(reads_[i]) == read_outcome::done)
        reads_.erase(reads_.begin() + static_cast<std::ptrdiff_t>(i));
      else
        ++i;
    }
  }
  // The ids of those whose time is over, which are not held any more.
  std::vector<command_id> take_expired(moment now);
  // Of the earliest deadline.
  std::chrono::microseconds due() const;

 private:
  std::vector<pending_read> reads_;
  std::uint64_t last_ticket_ = 0;
};

}  // namespace roomlog
