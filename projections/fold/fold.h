// The fold: a pure, total function that decides each record of a partition. No clock, no
// randomness, no I/O but its own keyed state; every role that reads the same records gets the same
// verdicts. Rules and byte forms stand in docs/fold.md.
#pragma once

#include "projections/fold/decided.h"
#include "projections/fold/fold_state.h"

namespace roomlog {

// The fold's rules as FoldActivated numbers them.
constexpr std::uint32_t fold_version = 2;

// Decides the next record. `ev` is the decoded record, or null when its bytes are no valid
// encoding. The state moves on by exactly this record, unless it cannot be decided at all (an
// unknown critical body, an import that does not fit): then state.halted() says why, nothing has
// changed but the mark of a refused seal, and the verdict means nothing. Must not be called on a
// halted state. What an `advanced` record moved is in state.moved() until the next call.
verdict decide(fold_state& state, const record_view& record, const event* ev);

// Why the rules would reject this event of a room if it came now, in its turn and in time (5 and 6
// of docs/fold.md); nothing where it would be accepted, or is so already. Changes nothing.
std::optional<reject_reason> would_refuse(fold_state& state, const event& ev);

// Whether the body is an event of a room, so that it may get a seq. Watermarks are none.
bool is_room_event(const event& ev) noexcept;

}  // namespace roomlog
