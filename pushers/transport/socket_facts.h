// What the system is told and asked about a connected TCP socket.
#pragma once

#include <chrono>
#include <cstddef>

#include "pushers/transport/peer_progress.h"

namespace roomlog {

// Sends at once (no Nagle), and lets the kernel hold about `unsent_bytes` that it could not send
// yet (0: the system's own bound). Failures are ignored: it works without, only worse.
void set_output_options(int socket, std::size_t unsent_bytes);

// `held_back`: the connection is not read at the moment, so what its kernel received counts.
peer_progress progress_of(int socket, bool held_back);

// Whether the connection has ended in both directions: the peer neither sends nor reads.
bool is_reset(int socket);

// Of one call, so that a peer that sends as fast as it can takes one turn of the loop and no more.
constexpr std::size_t discard_bytes_max = 64 * 1024;
// Between two calls for one socket: some 600 KB/s.
constexpr std::chrono::milliseconds discard_pause{100};

// Forgets what has arrived, at most discard_bytes_max; true when nothing more will come.
bool discard_readable(int socket);

}  // namespace roomlog
