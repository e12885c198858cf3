// What a rightly signed token says (RFC 7519 §4, docs/protocol.md §1), and which of it is believed.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "ingress/auth/jwt_error.h"
#include "schemas/protocol/principal.h"

namespace roomlog {

constexpr std::size_t sub_chars_max = 255;
constexpr std::size_t tenant_chars_max = 32;
constexpr std::size_t device_chars_max = 64;
constexpr std::size_t name_bytes_max = 256;

constexpr std::size_t token_bytes_standard = 4096;
constexpr std::chrono::seconds start_leeway_standard{30};

enum class token_expiry : std::uint8_t { required, optional };

// What the configuration asks of tokens.
struct token_rules {
  std::chrono::seconds leeway{0};  // of exp
  // Of nbf and iat, against clocks that differ: a token is often used within the second in which
  // another machine made it. A larger leeway of exp counts for them too.
  std::chrono::seconds start_leeway = start_leeway_standard;
  token_expiry expiry = token_expiry::required;
  // `iss` must be this; empty: any or none.
  std::string issuer{};
  // `aud` must name this; empty: the token must have no aud (RFC 7519 §4.1.3).
  std::string audience{};
  // Of the whole token as it is sent.
  std::size_t token_bytes_max = token_bytes_standard;
};

// The principal that `payload`, the bytes that were signed, speaks for at `now`.
//   sub     1–255 characters of 0x20–0x7E, required
//   exp     required unless the rules say otherwise; good while now < exp + leeway
//   nbf     good once nbf ≤ now + start_leeway; iat likewise, since a token of the future was not
//           issued
//   iss     a string; aud a string or an array of them
//   tenant  1–32 of [a-z0-9_-], default "default"
//   scope   space-separated; admin, audit, unlimited; others mean nothing here
//   name    at most 256 bytes without control characters; device 1–64 of 0x21–0x7E
// Times are numbers of seconds, whole or not, from 1970 to 9999. A claim of the wrong kind refuses
// the token, also where its value would not matter. `expires` is exp with the leeway, so that a
// session ends when its token would no longer be taken.
token_result<principal> read_claims(std::string_view payload, const token_rules& rules,
                                    timestamp now);

}  // namespace roomlog
