// Where a read over HTTP points (docs/protocol.md §4): the path and the query, as the command that
// asks the same over WebSocket, so that the same rules check both. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "schemas/protocol/client_error.h"

namespace roomlog {

struct http_target {
  enum class kind { rooms, room, members, events } what = kind::rooms;
  std::string room;  // decoded; any bytes
  // Those that the path has, decoded, in their order; others are ignored.
  std::vector<std::pair<std::string, std::string>> params;
};

// Nullopt if the target is not a URL, or its path is not one of
//   /v1/rooms  /v1/rooms/{room}  /v1/rooms/{room}/members  /v1/rooms/{room}/events
// A slash at the end makes it another path.
std::optional<http_target> parse_http_target(std::string_view target);

// The command as JSON: `rooms`, `members`, or `history` for both others. `last` is no field of a
// command.
struct target_command {
  std::string json;
  std::optional<std::uint64_t> last;
};
// invalid_field names a parameter that is doubled, empty, or `last` where it is wrong.
std::variant<target_command, client_error> command_of(const http_target& target);

}  // namespace roomlog
