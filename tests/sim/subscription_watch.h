// What one connection is told of one room, from `subscribed` on: every event after the cursor, in
// order, once, but for those whose acks this connection has; and nothing any more once the user was
// put out.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <boost/json.hpp>

#include "tests/sim/oracle.h"

namespace roomlog::sim {

class subscription_watch {
 public:
  subscription_watch(const oracle& judge, std::string user, std::string room)
      : judge_(judge), user_(std::move(user)), room_(std::move(room)) {}

  // A subscription was asked for: acks from now on may count for it.
  void ask() { asked_acks_.clear(); }
  void begin(std::uint64_t after, std::uint64_t head);
  void end() { active_ = false; }
  // Until the user is put out, too.
  bool active() const { return active_ && next() <= last_; }
  // An ack that names this seq came on this connection.
  void on_ack(std::uint64_t seq, bool puts_user_out);
  // Throw violations.
  void on_event(const boost::json::object& event);
  void on_live(std::uint64_t seq);
  bool live() const { return live_; }
  // The next seq that is to come as event, past what was acknowledged.
  std::uint64_t next() const;

 private:
  void check_shown(const boost::json::object& event, std::uint64_t seq) const;
  [[noreturn]] void wrong(const std::string& text) const;

  const oracle& judge_;
  const std::string user_, room_;
  bool active_ = false, live_ = false;
  std::uint64_t next_ = 1, head_ = 0;
  std::uint64_t last_ = UINT64_MAX;     // the seq that put the user out
  std::set<std::uint64_t> acks_;        // since the subscription began
  std::set<std::uint64_t> asked_acks_;  // since it was asked for: may count or not
};

// Compares what is shown of an event with what the log says; empty, or what is wrong.
// Pages fold edits in: at rest the last one, else any, since others may write meanwhile.
enum class shown_as { posted, in_page, in_page_at_rest };
std::string difference(const oracle::room& in, std::uint64_t seq, const boost::json::object& shown,
                       shown_as how);

}  // namespace roomlog::sim
