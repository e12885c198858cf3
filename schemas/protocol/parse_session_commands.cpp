// Commands about the connection itself.
#include "schemas/protocol/command_types.h"

namespace roomlog {
namespace {

std::string token_field(parse_context& c) {
  return c.fields.text(field_name::token, presence::required).value_or("");
}

}  // namespace

command parse_auth(parse_context& c) {
  return auth_command{c.id, token_field(c)};
}

command parse_refresh(parse_context& c) {
  return refresh_command{c.id, token_field(c)};
}

command parse_ping(parse_context& c) {
  return ping_command{c.id};
}

command parse_options(parse_context& c) {
  return options_command{c.id, c.fields.boolean(field_name::echo)};
}

}  // namespace roomlog
