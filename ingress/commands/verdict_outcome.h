// The fold's verdict as the answer to a client.
#pragma once

#include <optional>

#include "ingress/commands/command_record.h"
#include "projections/fold/decided.h"
#include "projections/worker/fold_lookup.h"
#include "schemas/protocol/command_outcome.h"

namespace roomlog {

// Nothing for verdicts that are no answer: stale_append, out_of_order, control. `head` is the
// room's, for what is said of a seq beyond it.
std::optional<command_outcome> outcome_of(const verdict& decision, const command_record& command,
                                          seq_no head);

// What a client is told of a reason to reject.
client_error refusal_for(reject_reason reason, const command_record& command, seq_no head);
// Whether it is about who may do what: docs/protocol.md §3 has these before rate and content, and
// what is wrong with a predecessor or a target after them.
bool is_permission(reject_reason reason);

// For a command that was accepted before: an ack as duplicate, or cid_conflict.
command_outcome outcome_of(const decided_command& first, const command_digest& digest,
                           const std::string& room, const std::string& cid);

}  // namespace roomlog
