// The short way of an event: subscriptions that have had every event so far, on connections that
// have nothing else to send, get new events in one pass over a flat array (room_subscriptions,
// direct_outputs). Neither the subscription nor its connection is looked at.
//
//   publish ──► begin(): who is ready for it becomes direct, the others are woken
//   tick's end: prepare() ─► woken connections send ─► run(): the same bytes to each direct one
//
// A subscription stays direct over many events. It leaves, and has its own cursor again, when its
// connection has something else to send, when something becomes special about it (an ack, the end
// of its membership), when the tail has lost events before they were sent, when its connection has
// events of several rooms in one tick (they go out in one send), and when a socket took only a
// part. One thread; sends, but calls no session except on_ready() and on_sent_part().
#pragma once

#include <cstdint>
#include <vector>

#include "pushers/client_limits.h"
#include "pushers/rooms/room_feed.h"
#include "pushers/transport/direct_outputs.h"

namespace roomlog {

class direct_pass {
 public:
  // Both outlive it.
  direct_pass(direct_outputs& outputs, const client_limits& limits)
      : outputs_(outputs), limits_(limits) {}
  direct_pass(const direct_pass&) = delete;

  // The feed's tail has new events, from its end_before_ on: sees to all of its subscriptions.
  void begin(room_feed& feed);
  // Nothing, where it is not direct. It is woken if there are events for it.
  void leave(subscription& sub);
  // The feed ends.
  void forget(const room_feed& feed);

  // Before the connections that were woken send: subscriptions that cannot stay direct leave.
  void prepare();
  // After it. True: more is to be sent in the next tick.
  bool run();

  std::uint64_t events_delivered() const { return events_delivered_; }

 private:
  void leave_if_special(room_feed& feed);
  void leave_if_in_several();
  void send_to(room_feed& feed);

  direct_outputs& outputs_;
  const client_limits& limits_;
  std::vector<room_feed*> due_;
  std::uint64_t events_delivered_ = 0;
  // Scratch: by output_place, how many rooms have events for it in the tick whose mark is there.
  std::vector<std::uint32_t> marks_;
  std::uint32_t last_mark_ = 0;
  std::vector<direct_outputs::cut_send> cut_;
};

}  // namespace roomlog
