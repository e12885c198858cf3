// What clients ask for, parsed and validated for form (types, lengths, ranges), with nothing said
// yet about permission. Owned strings: a command outlives the frame that it came in.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "schemas/protocol/event_command.h"

namespace roomlog {

// ---- about the connection ----
struct auth_command {
  command_id id;
  std::string token;
};
struct refresh_command {
  command_id id;
  std::string token;
};
struct ping_command {
  command_id id;
};
struct options_command {
  command_id id;
  std::optional<bool> echo;
};
// ---- subscriptions and queries ----
struct subscribe_command {
  command_id id;
  std::string room;
  std::string epoch;  // empty: not given
  // At most one is set.
  std::optional<seq_no> after_seq;
  std::optional<offset> after_offset;
  std::optional<timestamp> since;
  std::optional<std::uint64_t> last;
};
struct unsubscribe_command {
  command_id id;
  std::string room;
};
struct history_command {
  command_id id;
  std::string room;
  std::optional<seq_no> before_seq, after_seq;  // at most one of these three
  std::optional<timestamp> since;
  std::uint32_t limit = 50;        // 1–200
  std::vector<std::string> kinds;  // empty: all
  seq_no min_seq;                  // wait until the view has it; 0: no wait
};
struct rooms_command {
  command_id id;
  seq_no min_seq;
  std::string after;          // a room; empty: from the first one
  std::uint32_t limit = 200;  // 1–200
  bool recent = false;        // the latest first, without `after`; else by name
};
struct members_command {
  command_id id;
  std::string room;
  std::string after;          // a user; empty: from the first one
  std::uint32_t limit = 200;  // 1–200
  seq_no min_seq;
};

using command = std::variant<auth_command, refresh_command, ping_command, options_command,
                             subscribe_command, unsubscribe_command, history_command, rooms_command,
                             members_command, event_command>;

}  // namespace roomlog
