#include "schemas/protocol/command_types.h"

#include <algorithm>

namespace roomlog {
namespace {

// The most frequent first.
constexpr command_type types[] = {
    {command_name::send, parse_send},
    {command_name::ping, parse_ping},
    {command_name::subscribe, parse_subscribe},
    {command_name::unsubscribe, parse_unsubscribe},
    {command_name::history, parse_history},
    {command_name::rooms, parse_rooms},
    {command_name::members, parse_members},
    {command_name::create, parse_create},
    {command_name::join, parse_join},
    {command_name::leave, parse_leave},
    {command_name::invite, parse_invite},
    {command_name::kick, parse_kick},
    {command_name::role, parse_role},
    {command_name::auth, parse_auth},
    {command_name::refresh, parse_refresh},
    {command_name::options, parse_options},
    {command_name::edit, parse_edit, &protocol_features::edits},
    {command_name::delete_message, parse_delete, &protocol_features::edits},
    {command_name::react, parse_react, &protocol_features::reactions},
};

}  // namespace

std::span<const command_type> command_types() {
  return types;
}

const command_type* find_command_type(std::string_view name) {
  const auto found = std::ranges::find(types, name, &command_type::name);
  return found == std::end(types) ? nullptr : found;
}

}  // namespace roomlog
