// JSON text to command: strict (RFC 8259, valid UTF-8, no duplicate keys, no U+0000, no lone
// surrogates, no numbers beyond a double), and every field checked for kind, length and range.
// Unknown fields are ignored. Stateless; thread-safe.
#pragma once

#include <string_view>

#include "schemas/protocol/command_outcome.h"
#include "schemas/protocol/parser_limits.h"

namespace roomlog {

// One JSON object. The caller has split the frame at newlines.
parsed_command parse_command(std::string_view json, const parser_limits& limits = {});

}  // namespace roomlog
