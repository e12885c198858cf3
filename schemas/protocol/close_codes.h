// The codes with which a WebSocket connection is closed: docs/protocol.md §1. Those below 4000 are
// of RFC 6455.
#pragma once

#include <cstdint>
#include <string>

namespace roomlog::close_codes {

// The client reconnects, at once or later.
inline constexpr std::uint16_t going_away = 1001, restart = 1012;
inline constexpr std::uint16_t ping_unanswered = 4000;
inline constexpr std::uint16_t overloaded = 4001;            // `retry_after_ms` in the reason
inline constexpr std::uint16_t too_many_connections = 4003;  // of this user

// The client does not come back as it is.
inline constexpr std::uint16_t text_only = 1003, not_utf8 = 1007, too_large = 1009;
inline constexpr std::uint16_t no_token = 4500;
inline constexpr std::uint16_t token_malformed = 4501;  // or its claims are unfit
inline constexpr std::uint16_t token_signature = 4502;  // or an algorithm that is not allowed
inline constexpr std::uint16_t token_expired = 4503, token_revoked = 4504;
inline constexpr std::uint16_t bad_frames = 4506;

// The reason of `overloaded`: when to come back.
inline std::string retry_reason(std::uint32_t after_ms) {
  return "{\"retry_after_ms\":" + std::to_string(after_ms) + '}';
}

}  // namespace roomlog::close_codes
