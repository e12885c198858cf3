#include "schemas/protocol/client_error.h"

#include <utility>

namespace roomlog {
namespace {

struct code_entry {
  error_code code;
  const char* name;
  bool temporary;
  const char* prescribed;  // by docs/protocol.md §3; nullptr: none
  const char* otherwise;   // when the caller says nothing either
};

// In the order of the enumeration.
constexpr code_entry entries[] = {
    {error_code::bad_json, "bad_json", false, nullptr, "Not valid JSON"},
    {error_code::unknown_type, "unknown_type", false, nullptr, "Unknown type"},
    {error_code::invalid_field, "invalid_field", false, nullptr, "Invalid field"},
    {error_code::missing_fields, "missing_fields", false, "Missing required fields", nullptr},
    {error_code::message_too_long, "message_too_long", false,
     "Message too long (max 4000 characters)", nullptr},
    {error_code::no_permission, "no_permission", false, "No write permission in this channel",
     nullptr},
    {error_code::rate_limited, "rate_limited", true, "Rate limit exceeded", nullptr},
    {error_code::prohibited_content, "prohibited_content", false,
     "Message contains prohibited content", nullptr},
    {error_code::unauthorized, "unauthorized", false, nullptr, "A token is required"},
    {error_code::token_malformed, "token_malformed", false, nullptr, "The token is malformed"},
    {error_code::token_signature, "token_signature", false, nullptr,
     "The token's signature is not valid"},
    {error_code::token_expired, "token_expired", false, nullptr, "The token has expired"},
    {error_code::token_claims, "token_claims", false, nullptr, "The token's claims do not fit"},
    {error_code::unknown_room, "unknown_room", false, nullptr, "Unknown room"},
    {error_code::room_exists, "room_exists", false, nullptr, "The room exists already"},
    {error_code::room_closed, "room_closed", false, nullptr, "The room is closed"},
    {error_code::not_member, "not_member", false, nullptr, "Not a member of this room"},
    {error_code::cid_conflict, "cid_conflict", false, nullptr,
     "This cid was used with other content"},
    {error_code::expired, "expired", true, nullptr, "Too late to be accepted; not accepted"},
    {error_code::predecessor_missing, "predecessor_missing", true, nullptr,
     "The command named by after_cid was not accepted"},
    {error_code::unknown_outcome, "unknown_outcome", true, nullptr,
     "No verdict in time; send the same cid again"},
    {error_code::overloaded, "overloaded", true, nullptr, "Overloaded; nothing happened"},
    {error_code::unavailable, "unavailable", true, nullptr, "Unavailable; nothing happened"},
    {error_code::epoch_changed, "epoch_changed", false, nullptr,
     "The cursor is from another epoch of the log"},
    {error_code::misdirected, "misdirected", false, nullptr,
     "Another server keeps the views that this needs"},
    {error_code::internal, "internal", false, nullptr, "Internal error"},
};

constexpr bool in_order() {
  std::size_t i = 0;
  for (const auto& entry : entries) {
    if (static_cast<std::size_t>(entry.code) != i++) return false;
  }
  return i == static_cast<std::size_t>(error_code::internal) + 1;
}
static_assert(in_order());

const code_entry& entry_of(error_code code) noexcept {
  const auto i = static_cast<std::size_t>(code);
  return entries[i < std::size(entries) ? i : static_cast<std::size_t>(error_code::internal)];
}

}  // namespace

const char* to_string(error_code code) noexcept {
  return entry_of(code).name;
}

bool is_temporary(error_code code) noexcept {
  return entry_of(code).temporary;
}

client_error make_client_error(error_code code, std::string message) {
  const auto& entry = entry_of(code);
  client_error made;
  made.code = code;
  made.temporary = entry.temporary;
  if (entry.prescribed != nullptr) {
    made.message = entry.prescribed;
  } else {
    made.message = message.empty() ? std::string(entry.otherwise) : std::move(message);
  }
  return made;
}

client_error make_lasting_error(error_code code, std::string message) {
  auto made = make_client_error(code, std::move(message));
  made.temporary = false;
  return made;
}

}  // namespace roomlog
