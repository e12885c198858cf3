// Refusals that follow from a room's state: what the fold would say (projections/fold_rules.cpp),
// told before the log. Only sound while the fold is at the log's end and the same connection has
// nothing undecided; what is not refused here is decided by the fold.
#pragma once

#include <optional>
#include <string_view>

#include "projections/fold_reader.h"
#include "schemas/client_error.h"
#include "schemas/command.h"

namespace roomlog {

// `room` is the key, "tenant/room". Thread-safe.
std::optional<client_error> refused_by_room(const fold_reader& fold, std::string_view room,
                                            std::string_view user, const event_body_command& body);

}  // namespace roomlog
