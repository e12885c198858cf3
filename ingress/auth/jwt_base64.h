// Base64url as JWS uses it: RFC 4648 §5 without padding (RFC 7515 §2), and strict: exactly one text
// stands for each sequence of bytes, so that a token cannot be respelled.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace roomlog {

std::string base64url_encode(std::string_view bytes);

// Nothing when the text has padding, white space or any other foreign character, an impossible
// length, or unused trailing bits that are not zero (RFC 4648 §3.5).
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace roomlog
