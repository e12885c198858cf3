#include "schemas/protocol/client_error.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace roomlog::testing {
namespace {

// docs/protocol.md §3, in its order.
const std::map<std::string, error_code>& protocol_codes() {
  static const std::map<std::string, error_code> codes = {
      {"bad_json", error_code::bad_json},
      {"unknown_type", error_code::unknown_type},
      {"invalid_field", error_code::invalid_field},
      {"missing_fields", error_code::missing_fields},
      {"message_too_long", error_code::message_too_long},
      {"no_permission", error_code::no_permission},
      {"rate_limited", error_code::rate_limited},
      {"prohibited_content", error_code::prohibited_content},
      {"unauthorized", error_code::unauthorized},
      {"token_malformed", error_code::token_malformed},
      {"token_signature", error_code::token_signature},
      {"token_expired", error_code::token_expired},
      {"token_claims", error_code::token_claims},
      {"unknown_room", error_code::unknown_room},
      {"room_exists", error_code::room_exists},
      {"room_closed", error_code::room_closed},
      {"not_member", error_code::not_member},
      {"cid_conflict", error_code::cid_conflict},
      {"expired", error_code::expired},
      {"predecessor_missing", error_code::predecessor_missing},
      {"unknown_outcome", error_code::unknown_outcome},
      {"overloaded", error_code::overloaded},
      {"unavailable", error_code::unavailable},
      {"epoch_changed", error_code::epoch_changed},
      {"misdirected", error_code::misdirected},
      {"internal", error_code::internal},
  };
  return codes;
}

// S0.29
TEST(client_error, every_code_has_the_name_of_the_protocol) {
  EXPECT_EQ(protocol_codes().size(), static_cast<std::size_t>(error_code::internal) + 1);
  for (const auto& [name, code] : protocol_codes()) EXPECT_EQ(to_string(code), name);
}

// S3.27, S3.28, S3.29, S3.30, S3.31
TEST(client_error, prescribed_messages_are_said_to_the_letter) {
  const std::map<error_code, std::string> prescribed = {
      {error_code::missing_fields, "Missing required fields"},
      {error_code::message_too_long, "Message too long (max 4000 characters)"},
      {error_code::no_permission, "No write permission in this channel"},
      {error_code::rate_limited, "Rate limit exceeded"},
      {error_code::prohibited_content, "Message contains prohibited content"},
  };
  for (const auto& [name, code] : protocol_codes()) {
    const auto found = prescribed.find(code);
    const bool is_prescribed = found != prescribed.end();
    EXPECT_EQ(make_client_error(code, "other").message, is_prescribed ? found->second : "other");
    if (is_prescribed) {
      EXPECT_EQ(make_client_error(code).message, found->second);
    }
  }
}

TEST(client_error, no_error_is_without_a_message) {
  for (const auto& [name, code] : protocol_codes()) {
    const auto made = make_client_error(code);
    EXPECT_EQ(made.code, code);
    EXPECT_FALSE(made.message.empty()) << name;
    EXPECT_FALSE(made.retry_after_ms.has_value());
  }
}

TEST(client_error, temporary_are_those_that_may_succeed_later) {
  const std::set<std::string> temporary = {"rate_limited",    "expired",    "predecessor_missing",
                                           "unknown_outcome", "overloaded", "unavailable"};
  for (const auto& [name, code] : protocol_codes()) {
    EXPECT_EQ(is_temporary(code), temporary.count(name) == 1) << name;
    EXPECT_EQ(make_client_error(code).temporary, is_temporary(code)) << name;
    EXPECT_FALSE(make_lasting_error(code).temporary) << name;
  }
}

}  // namespace
}  // namespace roomlog::testing
