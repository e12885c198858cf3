// JSON text to command: strict (RFC 8259, valid UTF-8, no duplicate keys, no U+0000, no lone
// surrogates, no numbers beyond a double), and every field checked for kind, length and range.
// Unknown fields are ignored. Stateless; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "schemas/protocol/client_error.h"
#include "schemas/protocol/command.h"
#include "schemas/protocol/parser_limits.h"

namespace roomlog {

// A text frame that is no good command: the error, and the id and cid that the reply repeats where
// they could be read.
struct command_refusal {
  command_id id;
  std::string cid;
  client_error error;
  bool of_protocol = false;  // unknown_type for a command that the protocol has
};

using parsed_command = std::variant<command, command_refusal>;

// One JSON object. The caller has split the frame at newlines.
parsed_command parse_command(std::string_view json, const parser_limits& limits = {});

}  // namespace roomlog
