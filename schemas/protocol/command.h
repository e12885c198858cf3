// What clients ask for, parsed and validated for form (types, lengths, ranges), with nothing said
// yet about permission. Owned strings: a command outlives the frame that it came in.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "schemas/records/event.h"

namespace roomlog {

// The `id` of a command, kept as the JSON text that the reply repeats ("1" or "\"a\""); empty:
// none.
using command_id = std::string;

// ---- commands that make events: each has room, cid and a digest ----
struct send_command {
  std::string content_type = "text", text, metadata_json, attachments_json, signature_json;
  seq_no thread, reply_to;
};
struct create_command {
  std::optional<std::string> title;
  std::vector<std::string> members;
  bool direct = false, is_public = false;
};
struct change_room_command {
  std::optional<std::string> title;
};
struct join_command {};
struct leave_command {};
struct invite_command {
  std::string user;
};
struct kick_command {
  std::string user;
};
struct role_command {
  std::string user;
  member_role role = member_role::none;
};

using event_body_command =
    std::variant<send_command, create_command, change_room_command, join_command, leave_command,
                 invite_command, kick_command, role_command>;

struct event_command {
  command_id id;
  std::string
      room;  // as the client named it, without the tenant; empty for direct rooms until resolved
  std::string cid;        // made by the server where absent
  std::string after_cid;  // empty: none
  command_digest digest{};
  event_body_command body;
  // W3C trace context of the request that it came with; empty: none. No part of the command itself.
  std::string traceparent;
};

// ---- commands that a session answers itself ----
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

// What became of an event command: exactly one of these two reaches the client.
struct command_ack {
  std::string room;  // without the tenant
  std::string cid;
  seq_no seq;
  offset at;
  timestamp ts;
  bool duplicate = false;
};

}  // namespace roomlog
