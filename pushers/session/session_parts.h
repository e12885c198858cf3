// What a session is made of. Each part knows only those above it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pushers/session/deliveries.h"
#include "pushers/session/held_reads.h"
#include "pushers/session/session_env.h"
#include "pushers/session/session_identity.h"
#include "pushers/session/session_queries.h"
#include "pushers/session/session_replies.h"
#include "pushers/session/spare_output.h"
#include "pushers/session/undecided_commands.h"

namespace roomlog {

struct session_parts {
  session_parts(session_context& context, session_env& environment, output_buffer& out, moment now)
      : env(environment),
        replies(context, environment, out),
        identity(replies, now),
        events(replies, identity.who().user),
        queries(replies, environment, events) {}

  const principal& who() const { return identity.who(); }
  session_context& context() const { return replies.context(); }
  // "tenant/room" of a room as the client names it.
  std::string room_key(std::string_view room) const {
    return who().tenant + '/' + std::string(room);
  }

  session_env& env;
  session_replies replies;
  session_identity identity;
  deliveries events;
  session_queries queries;
  undecided_commands undecided;
  held_reads held;
  spare_outputs spare;
  std::uint32_t bad_frames = 0;  // in a row
  bool echo = false;             // own events are pushed, too
  bool closing = false;          // nothing is taken any more
};

}  // namespace roomlog
