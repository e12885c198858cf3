// Commands that make events, parsed and validated for form (types, lengths, ranges), with nothing
// said yet about permission. Owned strings: a command outlives the frame that it came in.
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

struct send_command {
  std::string content_type = "text", text, metadata_json, attachments_json, signature_json;
  seq_no thread, reply_to;
};
struct create_command {
  std::optional<std::string> title;
  std::vector<std::string> members;
  bool direct = false, is_public = false;
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
struct edit_command {
  seq_no seq;
  std::string text;
};
struct delete_command {
  seq_no seq;
};
struct react_command {
  seq_no seq;
  std::string emoji;
  bool remove = false;
};

using event_body_command =
    std::variant<send_command, create_command, join_command, leave_command, invite_command,
                 kick_command, role_command, edit_command, delete_command, react_command>;

struct event_command {
  command_id id;
  // As the client named it, without the tenant; empty for direct rooms until resolved.
  std::string room;
  std::string cid;        // made by the server where absent
  std::string after_cid;  // empty: none
  command_digest digest{};
  event_body_command body;
  // W3C trace context of the request that it came with; empty: none. No part of the command itself.
  std::string traceparent;
};

}  // namespace roomlog
