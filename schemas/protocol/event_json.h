// Events as clients see them: the `event` frame of docs/protocol.md §2 and the entries of pages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "schemas/records/event.h"

namespace roomlog {

// What the fold gave an accepted event and what later events made of it.
struct event_standing {
  seq_no seq;
  offset at;
  timestamp ts;
  bool deleted = false;  // shown without its text
  // Only in pages, where messages are shown as they stand now.
  bool edited = false;
  std::uint32_t edit_count = 0;
};

// Appends one JSON object `{"type":"event","room":…}`. `ev` must be a body with a room (kinds
// message, edit, delete, reaction, member, room). The room is written without its tenant.
// errc::malformed when the content does not decode.
result<> append_event_json(std::string& out, const event& ev, const event_standing& standing);

// "message", "edit", "delete", "reaction", "member" or "room"; "" for control records.
const char* event_kind(const event& ev) noexcept;

}  // namespace roomlog
