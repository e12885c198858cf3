// The queries of one session that passed every check: those that wait until the output has room for
// their page, in order, and those that read threads have. A peer that does not read so piles up
// nothing. Owned by its session, which takes no more commands at queries_in_flight_max; on the
// shard's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "pushers/session/deliveries.h"
#include "pushers/session/session_env.h"
#include "pushers/session/session_replies.h"

namespace roomlog {

class session_queries {
 public:
  // All of them outlive it.
  session_queries(session_replies& replies, session_env& env, const deliveries& events)
      : replies_(replies), env_(env), events_(events) {}

  // Waiting or at the readers.
  std::size_t open() const { return waiting_.size() + reading_.size(); }
  // Goes to the readers when there is room for its page, maybe at once.
  void ask(view_query query);
  // To be called when there may be more room.
  void run_waiting() {
    if (!waiting_.empty()) run_those_with_room();
  }
  void on_answer(const query_answer& answer);
  // Those whose time is over are answered `unavailable`; their answers, if they come, are dropped.
  void expire(moment now);
  // Of the earliest deadline.
  std::chrono::microseconds due() const;
  // Forgets all of them.
  void clear();

 private:
  struct reading_query {
    std::uint64_t ticket;
    command_id id;
    std::chrono::microseconds deadline;
  };
  void run_those_with_room();
  bool has_room_for_page() const;

  session_replies& replies_;
  session_env& env_;
  const deliveries& events_;
  std::uint64_t last_ticket_ = 0;
  std::vector<view_query> waiting_;
  std::vector<reading_query> reading_;
};

}  // namespace roomlog
