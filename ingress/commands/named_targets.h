// What clients are told of a seq or a user that their command names and the room does not have.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "ingress/commands/command_record.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

// Fields with the seqs in them; 0: not given.
using named_seqs = std::initializer_list<std::pair<std::string_view, seq_no>>;

// Each has to be a message that is not deleted. One beyond `head` is named as such.
client_error not_a_live_message(named_seqs named, seq_no head);
// `user` has to be a member of the room. A wrong_target of kinds.
client_error not_a_member(const command_record& record, seq_no head);

}  // namespace roomlog
