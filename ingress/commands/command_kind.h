// What ingress knows of one kind of event command: what the fold judges of it, what it does not
// look at, what is filtered, what it costs, and what a wrong target means to its client. One file
// for each kind (send.cpp, create.cpp …), and its line of the list in command_kinds.cpp. A kind
// sets what differs from "nothing".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingress/commands/command_record.h"
#include "schemas/protocol/client_error.h"

namespace roomlog {

// The strings of a body, for what it takes in memory and in the log.
struct string_sizes {
  std::size_t count = 0, bytes = 0;

  void add(std::string_view text) {
    ++count;
    bytes += text.size();
  }
};

// All functions take a record of their own kind and borrow from it.
struct command_kind {
  std::string_view name;  // as clients write it
  event_facts (*facts)(const command_record&);
  // The rest of the body, encoded; "" where there is none.
  std::string (*content)(const command_record&) = [](const command_record&) {
    return std::string();
  };
  string_sizes (*strings)(const command_record&) = [](const command_record&) {
    return string_sizes();
  };
  // Whether the rates of messages count it.
  bool is_message = false;
  // Others whom it brings into a room (limits.user_invites_per_minute).
  std::uint32_t (*people_named)(const command_record&) = [](const command_record&) {
    return std::uint32_t{0};
  };
  // The text that may not contain prohibited words.
  std::string_view (*filtered_text)(const command_record&) = [](const command_record&) {
    return std::string_view();
  };
  // Names the room where the client left that to the server, or says what is wrong with it.
  std::optional<client_error> (*resolve_room)(command_record&) = [](command_record&) {
    return std::optional<client_error>();
  };
  // What its client is told of reject_reason::invalid_target. `head` is the room's.
  client_error (*wrong_target)(const command_record&, seq_no head) =
      [](const command_record&, seq_no) { return make_client_error(error_code::invalid_field); };
};

// For ever there.
const command_kind& kind_of(const command_record& record);

// The body, for the functions of its kind.
template <class Body>
const Body& body_of(const command_record& record) {
  return std::get<Body>(record.command.body);
}

}  // namespace roomlog
