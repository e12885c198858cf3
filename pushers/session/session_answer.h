// What comes back to a session for what it asked of its session_env.
#pragma once

#include <cstdint>
#include <variant>

#include "pushers/queries/read_requests.h"

namespace roomlog {

// What the log held when the session asked is decided.
struct level_reached {
  std::uint64_t ticket;
};
// The other connections of the loop had their turn.
struct turn_begins {};

using session_answer =
    std::variant<loaded_page, query_answer, found_cursor, level_reached, turn_begins>;

}  // namespace roomlog
