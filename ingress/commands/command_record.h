// A command on its way into the log: all that its record is made from, so that it can be appended
// again under another fence with its first deadline and time.
#pragma once

#include <string>

#include "ingress/limits/command_cost.h"
#include "schemas/protocol/event_command.h"
#include "schemas/records/event.h"

namespace roomlog {

struct command_record {
  std::string room_key;  // "tenant/room"
  std::string user, name, device;
  event_command command;
  timestamp deadline, gateway_time;

  // Bytes of memory held, for bounds; about.
  std::size_t bytes() const;
  // Bytes that it takes in the log, key and all; about, and not less.
  std::size_t log_bytes() const;
};

// What the fold judges of it: names and facts. Borrows from the record.
event facts_of(const command_record& record);

// What its user pays for it.
command_cost cost_of(const command_record& record);

std::string encode_record(const command_record& record, const append_id& append);
std::string encode_fence(const append_id& append, timestamp now);

}  // namespace roomlog
