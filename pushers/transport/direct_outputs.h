// The sockets of a loop's open connections in one flat table, so that bytes which many of them get
// alike pass no connection on their way. A connection is idle here while it has nothing else to
// send: no reply, no rest of a frame, no close, and a socket that takes more.
//
//   connections ── set_idle() ──► [socket, idle] [socket, idle] … ◄── send() ── a room's pass
//
// Owned by the loop; on its thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pushers/transport/output_buffer.h"

namespace roomlog {

// A connection's entry in the table.
enum class output_place : std::uint32_t { none = UINT32_MAX };

class direct_outputs {
 public:
  // Not idle at first. The place is good until remove(), which comes after the last send() to it.
  output_place add(int socket);
  void remove(output_place at);
  // Nothing, where there is no place.
  void set_idle(output_place at, bool idle) {
    if (at != output_place::none) entry_of(at).idle = idle;
  }
  bool is_idle(output_place at) const {
    return at != output_place::none && entries_[static_cast<std::size_t>(at)].idle;
  }
  // All places are below.
  std::size_t size() const { return entries_.size(); }

  // A connection that did not get everything: its index in what send() was given, and the bytes that
  // it has got.
  struct cut_send {
    std::size_t index;
    std::size_t bytes;
  };
  // Sends the pieces once to each, and lists in `cut` by index who did not get all of them. Nothing
  // is sent to a connection that is not idle.
  void send(std::span<const output_place> to, const gather_list& pieces,
            std::vector<cut_send>& cut);

  std::uint64_t sends() const { return sends_; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }

 private:
  struct entry {
    int socket;
    bool idle;
  };
  entry& entry_of(output_place at) { return entries_[static_cast<std::size_t>(at)]; }

  std::vector<entry> entries_;
  std::vector<output_place> unused_;
  std::uint64_t sends_ = 0, bytes_sent_ = 0;
};

}  // namespace roomlog
