// The one answer to an event command.
#pragma once

#include <variant>

#include "schemas/protocol/client_error.h"
#include "schemas/protocol/event_command.h"

namespace roomlog {

// What became of an event command, where it is in the log.
struct command_ack {
  std::string room;  // without the tenant
  std::string cid;
  seq_no seq;
  offset at;
  timestamp ts;
  bool duplicate = false;
};

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

}  // namespace roomlog
