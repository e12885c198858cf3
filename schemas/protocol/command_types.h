// Every type of command with its parser: one line in command_types.cpp for each. The parsers of one
// sort are in one file: parse_event_commands.cpp, parse_session_commands.cpp, parse_room_reads.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "schemas/protocol/command.h"
#include "schemas/protocol/command_fields.h"
#include "schemas/protocol/names.h"
#include "schemas/protocol/parser_limits.h"

namespace roomlog {

// What every command is made from.
struct parse_context {
  command_fields& fields;
  const parser_limits& limits;
  const command_id& id;
  std::optional<client_error> too_long{};  // looked at once the fields are found good
};

// The room that a command names.
inline std::string room_field(parse_context& c) {
  return c.fields.ascii(field_name::room, presence::required, room_rule);
}

struct command_type {
  std::string_view name;
  command (*parse)(parse_context&);
  bool protocol_features::*feature = nullptr;  // null: of the core

  bool is_served(const protocol_features& features) const {
    return feature == nullptr || features.*feature;
  }
};

std::span<const command_type> command_types();
// Null where there is none.
const command_type* find_command_type(std::string_view name);

// ---- the parsers; errors are left in the context ----
command parse_send(parse_context& c);
command parse_create(parse_context& c);
command parse_join(parse_context& c);
command parse_leave(parse_context& c);
command parse_invite(parse_context& c);
command parse_kick(parse_context& c);
command parse_role(parse_context& c);
command parse_edit(parse_context& c);
command parse_delete(parse_context& c);
command parse_react(parse_context& c);

command parse_auth(parse_context& c);
command parse_refresh(parse_context& c);
command parse_ping(parse_context& c);
command parse_options(parse_context& c);

command parse_subscribe(parse_context& c);
command parse_unsubscribe(parse_context& c);
command parse_history(parse_context& c);
command parse_rooms(parse_context& c);
command parse_members(parse_context& c);

}  // namespace roomlog
