// The rooms that one shard's connections are subscribed to: for each the tail of its events and its
// subscriptions. Decided batches come in, subscriptions are told that there is something to send.
// No I/O and no locks: one thread owns it.
//
// A room is here only while it has a subscription; its tail then starts empty at the head and fills
// as events are decided. All tails together are bounded: the rooms longest without an event give up
// their oldest blocks first, and cursors below read pages.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "projections/fold/decided.h"
#include "projections/worker/fold_lookup.h"
#include "pushers/client_limits.h"
#include "pushers/rooms/direct_pass.h"
#include "pushers/rooms/room_feed.h"

namespace roomlog {

struct hub_counters {
  std::uint64_t events_framed = 0;
  std::uint64_t unreadable = 0;  // events whose content does not decode
};

class room_hub {
 public:
  // Both outlive it.
  room_hub(const client_limits& limits, direct_outputs& outputs)
      : limits_(limits), direct_(outputs, limits) {}
  room_hub(const room_hub&) = delete;

  // Puts the subscription into the room; `head` is the room's as the fold says now. Sets its feed.
  void attach(subscription& sub, std::string_view room, seq_no head);
  // Takes it out; the last one takes the room with it.
  void detach(subscription& sub);
  // To be called before something about it is asked or changed: it has its own cursor then.
  void leave_direct(subscription& sub) { direct_.leave(sub); }
  // Null when nobody is subscribed.
  room_feed* find(std::string_view room);

  // Appends the batch's accepted events to the tails and wakes their subscriptions. Events that a
  // tail already has are ignored; a gap empties the tail, and cursors fill it from history.
  void publish(const decided_batch& batch);
  // After batches were dropped: every tail starts anew at the fold's head. False where the head of
  // a room is not known now: to be called again.
  [[nodiscard]] bool resync(const fold_lookup& fold);

  // The short way to the sockets, at the end of a tick.
  direct_pass& direct() { return direct_; }
  const direct_pass& direct() const { return direct_; }

  std::size_t rooms() const { return rooms_.size(); }
  std::size_t tail_bytes() const { return tail_bytes_; }
  const hub_counters& counters() const { return counters_; }

 private:
  struct key_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>{}(key);
    }
  };

  void touch(room_feed& feed);
  // Ends the user's subscriptions with that event.
  void put_out(room_feed& feed, std::string_view user, seq_no by);
  void append(room_feed& feed, const decided_event& decided);
  void trim(room_feed& newest);
  template <class Change>
  void resize(room_feed& feed, Change change);

  const client_limits& limits_;
  direct_pass direct_;
  std::unordered_map<std::string, std::unique_ptr<room_feed>, key_hash, std::equal_to<>> rooms_;
  std::list<room_feed*> by_age_;  // longest without an event first
  std::size_t tail_bytes_ = 0;
  hub_counters counters_;
  std::string json_;
  std::vector<room_feed*> touched_;
};

}  // namespace roomlog
