// The room of two people: its id follows from the pair, so both sides arrive at the same one.
#pragma once

#include <string>
#include <string_view>

namespace roomlog {

// Rooms that clients name themselves may not begin so.
constexpr std::string_view direct_room_prefix = "dm:";

// "dm:" and 32 hex digits: the first 16 bytes of the SHA-256 over both users in byte order, each
// with its length in four little-endian bytes before it. The order of the arguments does not
// matter.
std::string direct_room_id(std::string_view a, std::string_view b);

}  // namespace roomlog
