// What the system is told and asked about a connected TCP socket.
#pragma once

#include <cstddef>

#include "pushers/session_env.h"

namespace roomlog {

// Sends at once (no Nagle), and lets the kernel hold about `unsent_bytes` that it could not send
// yet (0: the system's own bound). Failures are ignored: it works without, only worse.
void set_output_options(int socket, std::size_t unsent_bytes);

// `held_back`: the connection is not read at the moment, so what its kernel received counts.
peer_progress progress_of(int socket, bool held_back);

// Reads and forgets what has arrived; true when nothing more will come.
bool discard_readable(int socket);

}  // namespace roomlog
