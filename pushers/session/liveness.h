// Whether the peer is still there (docs/protocol.md §1). Pure: time and what is known of the socket
// come in.
//
//   heard ──ping_after──► ping ──2 × ping──────────────► dead     nothing was waiting for the peer
//                              └─slow_ping (60 s)──────► dead     output waited in the last minute
//                              └─no_progress (30 s)────► gone     its kernel acknowledges nothing
//
// The ping goes out after 0.4 × ping of silence, so that a dead peer is found within 2.5 × ping.
#pragma once

#include <chrono>

#include "pushers/client_limits.h"
#include "pushers/transport/peer_progress.h"

namespace roomlog {

class liveness {
 public:
  enum class action { none, ping, dead, gone };

  explicit liveness(std::chrono::microseconds now) : heard_(now) {}

  // Anything came from the peer.
  void on_heard(std::chrono::microseconds now) {
    heard_ = now;
    pings_ = 0;
  }
  // The socket took less than there was.
  void on_blocked(std::chrono::microseconds now) { busy_ = now; }
  // To be called at due() or later. After `ping` the caller has sent a ping.
  action on_tick(const client_times& times, std::chrono::microseconds now,
                 std::size_t output_waiting, const peer_progress& progress);
  std::chrono::microseconds due(const client_times& times) const;

 private:
  std::chrono::microseconds heard_;
  std::chrono::microseconds pinged_{};
  std::chrono::microseconds checked_{};
  std::chrono::microseconds busy_{INT64_MIN / 2};  // output was last seen waiting
  unsigned pings_ = 0;                             // sent and not answered: 0 or 1
};

}  // namespace roomlog
