// One record of the stream `signals`: typing and presence. Ephemeral: never stored for good, and
// whoever does not know a signal ignores it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "log/base/result.h"
#include "log/base/types.h"
#include "log/record.h"

namespace roomlog {

struct typing_signal {
  bool started = false;  // else stopped
  friend bool operator==(const typing_signal&, const typing_signal&) = default;
};
struct presence_signal {
  bool online = false;
  friend bool operator==(const presence_signal&, const presence_signal&) = default;
};
// Of a type that this build does not know.
struct unknown_signal {
  std::uint8_t type = 0;
  friend bool operator==(const unknown_signal&, const unknown_signal&) = default;
};

using signal_body = std::variant<unknown_signal, typing_signal, presence_signal>;

// Borrows, as `event` does.
struct room_signal {
  std::uint16_t schema_version = 1;
  std::string_view room;  // "tenant/room"
  std::string_view user;
  std::string_view user_name;  // shown to others, empty: none
  timestamp gateway_time;
  signal_body body;

  friend bool operator==(const room_signal&, const room_signal&) = default;
};

// The same frame as encode(event), with file identifier RLS1 (signal.fbs).
std::string encode(const room_signal& signal);
// Borrows from `value`, which must start at a multiple of 8. errc::malformed with the reason.
result<room_signal> decode_signal(byte_view value);

// One line of JSON with every field. Stable.
std::string to_json(const room_signal& signal);

}  // namespace roomlog
