// What a query over HTTP asks (docs/protocol.md §4), as the command that asks the same over
// WebSocket, so that the same rules check both. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "pushers/http/http_router.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

struct http_target {
  enum class kind { rooms, room, members, events } what = kind::rooms;
  std::string room;    // decoded; any bytes
  http_params params;  // those that the path has; others are ignored
};

// The paths that are read, as patterns of an http_router.
struct read_path {
  std::string_view pattern;
  http_target::kind what;
};
inline constexpr read_path read_paths[] = {
    {"/v1/rooms", http_target::kind::rooms},
    {"/v1/rooms/{room}", http_target::kind::room},
    {"/v1/rooms/{room}/members", http_target::kind::members},
    {"/v1/rooms/{room}/events", http_target::kind::events},
};

http_target make_http_target(http_target::kind what, const routed_request& asked);

// The command as JSON: `rooms`, `members`, or `history` for both others. `last` is no field of a
// command.
struct target_command {
  std::string json;
  std::optional<std::uint64_t> last;
};
// invalid_field names a parameter that is doubled, empty, or `last` where it is wrong.
std::variant<target_command, client_error> command_of(const http_target& target);

}  // namespace roomlog
