// What a server says, taken apart as far as every client needs it.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/protocol/client_error.h"
#include "schemas/protocol/names.h"

namespace roomlog::client {

// A field of a frame; "", 0 and false where it is missing or of another kind.
std::string text_of(const boost::json::object& frame, std::string_view name);
std::uint64_t number_of(const boost::json::object& frame, std::string_view name);
bool flag_of(const boost::json::object& frame, std::string_view name);

// Out of `hello`, before the token is taken.
struct greeting {
  std::string session, epoch;
  std::chrono::milliseconds ping{2'000};
  // hello.limits.attempt_ms: how long an attempt without an answer may still be decided.
  std::chrono::milliseconds attempt{10'000};
  std::vector<std::string> features;
};
greeting greeting_of(const boost::json::object& hello);

// The one answer to a command that had a number as its id.
struct answer {
  std::uint64_t id = 0;
  std::string type;  // "ack", "page", "subscribed", "ok", …, or "error"
  bool duplicate = false;
  // Of an error:
  std::string code, message;                // a code may be of a later version of the protocol
  bool temporary = false;                   // the same command may succeed later
  std::chrono::milliseconds retry_after{};  // 0: the server names no time

  bool refused() const { return type == frame_name::error; }
  bool is(error_code one) const { return code == to_string(one); }
};
answer answer_of(const boost::json::object& frame);

}  // namespace roomlog::client
