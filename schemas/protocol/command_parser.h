// JSON text to command: strict (RFC 8259, valid UTF-8, no duplicate keys, no U+0000, no lone
// surrogates, no numbers beyond a double), and every field checked for kind, length and range.
// Unknown fields are ignored. Stateless; thread-safe.
#pragma once

#include <string_view>

#include "schemas/protocol/command_outcome.h"

namespace roomlog {

struct parser_limits {
  std::size_t text_code_points_max = 4000;
  std::size_t content_bytes_max = 16384;  // text, metadata, attachments, signature as compact JSON
  std::size_t title_code_points_max = 256;
  std::size_t create_members_max = 100;
};

// One JSON object. The caller has split the frame at newlines.
parsed_command parse_command(std::string_view json, const parser_limits& limits = {});

}  // namespace roomlog
