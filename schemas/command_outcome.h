// The one answer to an event command.
#pragma once

#include <variant>

#include "schemas/client_error.h"
#include "schemas/command.h"

namespace roomlog {

using command_outcome = std::variant<command_ack, client_error>;

// A text frame that is no good command: the error, and the id and cid that the reply repeats where
// they could be read.
struct command_refusal {
  command_id id;
  std::string cid;
  client_error error;
};

using parsed_command = std::variant<command, command_refusal>;

}  // namespace roomlog
