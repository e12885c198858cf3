// What a command's room would say of it, were it the next record. The fold's own judge is asked, so
// no rule of rooms is written twice. Sound where the fold is level and nothing of the asker is
// undecided (fold_lookup::would_refuse).
#pragma once

#include <optional>

#include "ingress/commands/command_record.h"
#include "projections/worker/fold_lookup.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

// docs/protocol.md §3 has who may do what before rate and content, and what is wrong with a
// predecessor or a target after them.
struct room_ruling {
  std::optional<client_error> permission;
  std::optional<reject_reason> later;  // without `after_cid`, for refused_later()
};

// `permission` is `unavailable` where the fold's state cannot be read.
room_ruling ask_room(const fold_lookup& fold, const command_record& command);
std::optional<client_error> refused_later(const fold_lookup& fold, const command_record& command,
                                          const room_ruling& ruling);

// For what is said of a seq beyond the head. Where the head is not known, no seq is beyond it.
seq_no head_of(const fold_lookup& fold, std::string_view room_key);

}  // namespace roomlog
