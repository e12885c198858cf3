// The event commands of one session that have no verdict yet, by room: reads of a room come behind
// them. Bounded by commands_in_flight_max, at which the session takes no more commands.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roomlog {

class undecided_commands {
 public:
  std::size_t count() const { return rooms_.size(); }
  bool has(std::string_view room) const {
    return std::find(rooms_.begin(), rooms_.end(), room) != rooms_.end();
  }
  // `room` as the client named it; empty for a direct room, which has no name before it is asked
  // for.
  void add(std::string_view room) { rooms_.emplace_back(room); }
  // One command in that room is decided. There is one.
  void remove(std::string_view room) {
    auto at = std::find(rooms_.begin(), rooms_.end(), room);
    if (at == rooms_.end()) at = std::find(rooms_.begin(), rooms_.end(), std::string_view());
    rooms_.erase(at == rooms_.end() ? rooms_.begin() : at);
  }

 private:
  std::vector<std::string> rooms_;  // one entry per command
};

}  // namespace roomlog
