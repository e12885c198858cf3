#include "clients/cpp/closing.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "schemas/protocol/close_codes.h"

namespace roomlog::client {

next_step next_step_of(const closing& why) {
  switch (why.code) {
    case close_codes::overloaded:
      return next_step::reconnect_later;
    case close_codes::token_malformed:
    case close_codes::token_signature:
    case close_codes::token_expired:
    case close_codes::token_revoked:
      return next_step::new_token;
    case close_codes::text_only:
    case close_codes::not_utf8:
    case close_codes::too_large:
    case close_codes::too_many_connections:
    case close_codes::no_token:
    case close_codes::bad_frames:
      return next_step::stop;
    default:
      return next_step::reconnect;
  }
}

std::chrono::milliseconds retry_after(const closing& why) {
  if (next_step_of(why) != next_step::reconnect_later) return {};
  const std::string_view reason = why.reason;
  const auto number = reason.substr(std::min(reason.find_first_of("0123456789"), reason.size()));
  std::uint32_t ms = 0;  // stays so where there is no number, or one too large
  (void)std::from_chars(number.data(), number.data() + number.size(), ms);
  return std::chrono::milliseconds(ms);
}

}  // namespace roomlog::client
