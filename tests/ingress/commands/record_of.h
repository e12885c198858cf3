// A command from JSON text, as ann's record in the room "default/r".
#pragma once

#include <string_view>

#include "ingress/commands/command_record.h"
#include "schemas/protocol/command_parser.h"

namespace roomlog::testing {

inline command_record record_of(std::string_view json) {
  auto parsed = parse_command(json);
  return {"default/r",
          "ann",
          "Ann",
          "phone",
          std::get<event_command>(std::get<command>(std::move(parsed))),
          timestamp{1},
          timestamp{2}};
}

}  // namespace roomlog::testing
