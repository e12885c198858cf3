// The fold's verdict as the answer to a client.
#pragma once

#include <optional>

#include "projections/decided.h"
#include "projections/fold_reader.h"
#include "schemas/command_outcome.h"

namespace roomlog {

// Nothing for verdicts that are no answer: stale_append, out_of_order, control. `head` is the
// room's, for what is said of a seq beyond it.
std::optional<command_outcome> outcome_of(const verdict& decision, const event_command& sent,
                                          seq_no head);

// For a command that was accepted before: an ack as duplicate, or cid_conflict.
command_outcome outcome_of(const decided_command& first, const command_digest& digest,
                           const std::string& room, const std::string& cid);

}  // namespace roomlog
