// What a session does with a read (subscribe, history, rooms, members): runs it, refuses it or
// holds it, as plan_read() says at that moment. Stateless: made where it is needed.
//
//   take() ──► own commands in that room undecided? ─► held
//          └─► plan_read ─► wait: held, with a ticket for the fold's level
//                        ─► refuse
//                        ─► run: a query ─► session_queries
//                                subscribe ─► a search, if it needs one: held ─► deliveries
#pragma once

#include <string>

#include "pushers/session/session_parts.h"

namespace roomlog {

class read_starter {
 public:
  explicit read_starter(session_parts& session) : session_(session) {}

  // A read that came just now. A subscribe replaces one that is still held for its room.
  void take(read_command what, moment now);
  // Tries those that are held once more.
  void retry();
  // Those whose time is over are `unavailable`.
  void expire(moment now);
  // A subscribe that is still held for that room is answered `unavailable`: a later command has
  // replaced it.
  void replace_subscribe(std::string_view room);

 private:
  read_outcome attempt(pending_read& read);
  bool must_wait(const pending_read& read) const;
  bool is_of_this_epoch(const subscribe_command& what);
  // Whether the rate of reads lets it through; refused otherwise.
  bool is_admitted(const command_id& id);
  read_outcome run(pending_read& read, const room_info& room);
  read_outcome run_subscribe(pending_read& read, const room_info& room);
  read_outcome search(pending_read& read, const std::string& room_key);
  void begin_subscription(const pending_read& read, const std::string& room_key,
                          const room_info& room);
  // What the log has lost may still be in the room's tail.
  seq_no first_deliverable(std::string_view room_key, seq_no available, seq_no head) const;

  session_parts& session_;
};

}  // namespace roomlog
