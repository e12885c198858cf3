// Who may read a room, and which seqs a read names: the rules that sessions and HTTP share. Pure
// but for the fold's state.
#pragma once

#include <optional>
#include <string_view>

#include "projections/worker/fold_reader.h"
#include "schemas/protocol/client_error.h"
#include "schemas/protocol/command.h"

namespace roomlog {

// The room, when `user` is a member; else `why`: of a private room outsiders learn nothing. Where
// the state cannot be read now, that is `unavailable`.
std::optional<room_info> readable_room(const fold_reader& fold, std::string_view room_key,
                                       std::string_view user, client_error& why);

// The greatest seq that a query names, and its field.
struct named_seq {
  std::string_view field;
  seq_no seq;
};
named_seq greatest_named(const history_command& what);
inline named_seq greatest_named(const members_command& what) {
  return {"min_seq", what.min_seq};
}

client_error beyond_head(std::string_view field, seq_no head);

}  // namespace roomlog
