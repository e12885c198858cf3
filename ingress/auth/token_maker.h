// Makes tokens that this server takes: for `roomlog token`, `roomlog feed`, the login and tests.
#pragma once

#include <optional>
#include <string>

#include "ingress/auth/jwk_key.h"
#include "log/base/result.h"
#include "log/base/types.h"

namespace roomlog {

// Empty strings and zero times leave the claim out.
struct token_claims {
  std::string user{};
  std::string name{}, device{}, tenant{};
  std::string scope{};  // space-separated
  std::string issuer{}, audience{};
  timestamp issued{};   // whole seconds are written, rounded down
  timestamp expires{};  // whole seconds, rounded up
};

// Signed with `algorithm`, or with the first that the key allows (HS256 for a secret). The header
// names the key's kid where it has one. errc::invalid when the claims break a rule of
// docs/protocol.md §1, the token would be above 4 KB, or the key cannot sign so.
result<std::string> make_token(const token_key& key, const token_claims& claims,
                               std::optional<jws_algorithm> algorithm = {});

// The same for any payload, without a look at it (RFC 7515 §5.1).
result<std::string> make_signed(const token_key& key, std::string_view payload,
                                std::optional<jws_algorithm> algorithm = {});

}  // namespace roomlog
