// A connection's interest in one room: a cursor, never a queue. Backlog and live events come by the
// same cursor:
//
//        pages of history          the room's tail
//   ─────────────────────────┬───────────────────────┐
//                  ▲         begin        ▲          end
//            below begin: a page     within: sent straight from the tail;   at end: idle
#pragma once

#include <cstdint>

#include "log/base/types.h"
#include "pushers/rooms/seq_set.h"
#include "pushers/transport/direct_outputs.h"

namespace roomlog {

class room_feed;
struct subscription;

// Called on the shard's thread.
class subscription_owner {
 public:
  virtual ~subscription_owner() = default;
  // The room has events that the cursor has not passed. Called once until the owner clears `ready`.
  virtual void on_ready(subscription& sub) = 0;
  // The first `bytes` of the frames from the cursor on were sent past the owner, which is to send
  // the rest: `ready` is set.
  virtual void on_sent_part(subscription& sub, std::size_t bytes) = 0;
  // Whose connection it is, for events about that user.
  virtual const std::string& user() const = 0;
};

// Owned by its owner; the room_feed points to it until room_hub::detach(). While it is direct
// (direct_pass), its owner may look at it only after room_hub::leave_direct().
struct subscription {
  static constexpr seq_no no_end{UINT64_MAX};

  // It has had every event below `end`, and nothing is special about it.
  bool rests_at(seq_no end) const {
    return next == end && live_said && !ready && !behind && !loading && last == no_end &&
           acked.empty();
  }

  subscription_owner* owner = nullptr;
  room_feed* feed = nullptr;
  std::uint64_t serial = 0;  // unique to its owner: a page for an older one is dropped
  seq_no next;               // the cursor
  seq_no granted;            // the head at which membership was checked
  seq_no last = no_end;      // the event that ends it: the user left or was put out
  seq_set acked;             // seqs that an ack on this connection named
  bool live_said = false;
  bool ready = false;                        // listed for sending from the tail
  bool behind = false;                       // listed for pages
  bool loading = false;                      // a page is on its way
  std::uint32_t place = 0;                   // in the feed's list
  output_place output = output_place::none;  // of its connection
};

}  // namespace roomlog
