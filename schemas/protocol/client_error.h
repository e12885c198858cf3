// What a client is told when a command fails: docs/protocol.md §3. Codes are stable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "log/base/types.h"

namespace roomlog {

enum class error_code : std::uint8_t {
  bad_json,
  unknown_type,
  invalid_field,
  missing_fields,
  message_too_long,
  no_permission,
  rate_limited,
  prohibited_content,
  unauthorized,
  token_malformed,
  token_signature,
  token_expired,
  token_claims,
  unknown_room,
  room_exists,
  room_closed,
  not_member,
  cid_conflict,
  expired,
  predecessor_missing,
  unknown_outcome,
  overloaded,
  unavailable,
  epoch_changed,
  misdirected,
  internal,
};

inline constexpr std::size_t error_codes = static_cast<std::size_t>(error_code::internal) + 1;

const char* to_string(error_code code) noexcept;
// Whether the same command may succeed later, as a rule.
bool is_temporary(error_code code) noexcept;

struct client_error {
  error_code code = error_code::internal;
  std::string message;
  bool temporary = false;  // the same command may succeed later
  std::optional<std::uint32_t> retry_after_ms;
  std::string limit;  // rate_limited: user_per_second, user_per_minute or user_reads_per_second
  seq_no seq;         // cid_conflict: the first
  std::string epoch;  // epoch_changed: the present one
};

// With the message that docs/protocol.md §3 prescribes, or the given one where it prescribes none.
client_error make_client_error(error_code code, std::string message = {});
// The same for a limit that waiting does not help, or for what this server never does.
client_error make_lasting_error(error_code code, std::string message = {});

}  // namespace roomlog
