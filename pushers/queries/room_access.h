// Who may read a room: the one rule of sessions and HTTP, as the fold's state is now.
#pragma once

#include <optional>
#include <string_view>

#include "projections/worker/fold_lookup.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

// The room, when `user` is a member; else `why`: of a private room outsiders learn nothing. Where
// the state cannot be read now, that is `unavailable`.
std::optional<room_info> readable_room(const fold_lookup& fold, std::string_view room_key,
                                       std::string_view user, client_error& why);

}  // namespace roomlog
