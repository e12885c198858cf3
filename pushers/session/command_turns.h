// Messages of one session, command by command, and how many of them are done with before the other
// connections of the loop have their turn: what costs time is how many they are, and how long. A
// message that could not be taken whole is kept. Bounded: nothing is read from the connection while
// something is kept. Pure; owned by its session.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace roomlog {

constexpr std::uint32_t commands_per_turn = 32;
constexpr std::uint32_t command_bytes_per_turn = 16 * 1024;

class command_turns {
 public:
  // Cuts the next line off the message and counts it, unless it is blank. It may end the turn.
  std::string_view take(std::string_view& message);
  // Whether this turn's commands are done with, since the last begin().
  bool over() const { return commands_ >= commands_per_turn || bytes_ >= command_bytes_per_turn; }
  void begin() { commands_ = 0, bytes_ = 0; }

  bool keeps_message() const { return !kept_.empty(); }
  // The rest of a message. It must not be a part of what is kept.
  void keep(std::string_view rest) { kept_.assign(rest); }
  // Another message while one is kept.
  void add(std::string_view message) { kept_.append("\n").append(message); }
  // What was kept; nothing is kept any more.
  std::string take_kept();

 private:
  std::string kept_;
  std::uint32_t bytes_ = 0;
  std::uint32_t commands_ = 0;
};

// No object, so nothing to answer.
bool is_blank(std::string_view text);

}  // namespace roomlog
