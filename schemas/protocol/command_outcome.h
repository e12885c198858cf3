// The one answer to an event command.
#pragma once

#include <variant>

#include "schemas/protocol/client_error.h"
#include "schemas/protocol/command.h"

namespace roomlog {

using command_outcome = std::variant<command_ack, client_error>;

// Which connection a command came on: outcomes go back to its shard.
struct command_origin {
  std::uint32_t shard = 0;
  std::uint64_t connection = 0;  // unique in the process
};

// An answer that came later, addressed.
struct addressed_outcome {
  command_origin to;
  command_id id;
  std::string room;  // as the client named it
  std::string cid;
  command_outcome outcome;
};

// A text frame that is no good command: the error, and the id and cid that the reply repeats where
// they could be read.
struct command_refusal {
  command_id id;
  std::string cid;
  client_error error;
  bool of_protocol = false;  // unknown_type for a command that the protocol has
};

using parsed_command = std::variant<command, command_refusal>;

}  // namespace roomlog
