// How a connection ended, and what a client does next.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace roomlog::client {

struct closing {
  unsigned code = 0;   // of the WebSocket close frame; 0: there was none
  std::string reason;  // likewise
  std::string text;    // for people
};

// docs/protocol.md §1, the last column of the close codes. What is not named there is `reconnect`.
enum class next_step : std::uint8_t {
  reconnect,        // at once, or after a back-off where the connection was lost
  reconnect_later,  // the server is overloaded: after retry_after()
  new_token,
  stop,
};
next_step next_step_of(const closing& why);

// The time that the reason of an overloaded server names, {"retry_after_ms":1500}; 0: none.
std::chrono::milliseconds retry_after(const closing& why);

}  // namespace roomlog::client
