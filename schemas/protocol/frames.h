// The JSON of what the server says (docs/protocol.md §2), as text; `out` is appended to. Stateless.
// `id` is the JSON text of the command's id, empty for none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/protocol/client_error.h"
#include "schemas/protocol/command_outcome.h"
#include "schemas/protocol/event_json.h"
#include "schemas/protocol/principal.h"
#include "schemas/protocol/protocol_features.h"

namespace roomlog::frames {

// What the client may do, as `hello.limits` says it.
struct hello_limits {
  std::uint64_t frame_bytes = 0, attempt_ms = 0, in_flight = 0, queries = 0, subscriptions = 0,
                connections_per_user = 0;
};
struct hello_facts {
  std::string_view session, epoch;
  timestamp now;
  std::uint64_t ping_ms = 0;
  hello_limits limits{};
  protocol_features features{};
};
void hello(std::string& out, const hello_facts& facts);
void authenticated(std::string& out, const command_id& id, const principal& who);
void token_expiring(std::string& out, timestamp expires);
void drain(std::string& out, std::uint64_t after_ms);

void ok(std::string& out, const command_id& id);
void pong(std::string& out, const command_id& id);
void error(std::string& out, const command_id& id, std::string_view cid, const client_error& e);
void ack(std::string& out, const command_id& id, const command_ack& ack);

// Seqs that retention has taken, both ends included.
struct lost_range {
  seq_no from, to;
};
struct subscribed_facts {
  std::string_view room, epoch;
  seq_no head;
  seq_no first_available{1};
  std::optional<lost_range> lost{};
};
void subscribed(std::string& out, const command_id& id, const subscribed_facts& facts);
void lost(std::string& out, std::string_view room, const lost_range& range);
void live(std::string& out, std::string_view room, seq_no seq);

// One event. Content that does not decode is shown as `"unreadable":true` with the plain facts, so
// that seqs stay without a gap; false then.
bool event(std::string& out, const roomlog::event& ev, const event_standing& standing);

// The entries of lists. Rooms are named without the tenant.
struct member_facts {
  std::string_view user;
  std::string_view name;  // empty: none
  member_role role = member_role::none;
};
void member(std::string& out, const member_facts& facts);
struct listed_room_facts {
  std::string_view room, title;
  bool direct = false;
  member_role role = member_role::none;
  seq_no head;
  seq_no read;  // 0: nothing
  std::uint64_t unread = 0;
  const roomlog::event* last = nullptr;  // null: none is shown
  event_standing last_standing{};
};
void listed_room(std::string& out, const listed_room_facts& facts);

// Pages: `events`, `members` and `rooms` are JSON arrays of the above.
struct page_facts {
  bool more = false;
  seq_no next;  // said with `more`
  seq_no first_available{1};
  bool as_posted = false;
};
void page(std::string& out, const command_id& id, std::string_view room, const page_facts& facts,
          std::string_view events);
struct list_facts {
  bool more = false;
  std::string next;  // said with `more`, unless empty
};
void members(std::string& out, const command_id& id, std::string_view room, std::uint64_t count,
             const list_facts& facts, std::string_view members);
void rooms(std::string& out, const command_id& id, const list_facts& facts, std::string_view rooms);

// A room with its members: what HTTP shows of it.
struct room_facts {
  std::string_view title;  // empty: none
  bool is_public, direct;
  seq_no head;
  std::uint64_t members = 0;  // all of them
};
void room(std::string& out, std::string_view room, const room_facts& facts,
          const list_facts& listed, std::string_view members);

}  // namespace roomlog::frames
