// Why a token is refused, precisely enough for the one who made it.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>

namespace roomlog {

enum class token_error_kind : std::uint8_t {
  malformed,  // not a signed token in compact form: parts, base64url, JSON, header
  signature,  // wrong signature, algorithm not allowed, no key for it
  expired,    // exp has passed
  claims,     // rightly signed, but the claims are unfit
};

struct token_error {
  token_error_kind kind = token_error_kind::malformed;
  std::string text;  // what a stranger wrote in it is cut and cleaned
};

// docs/protocol.md §3: token_malformed, token_signature, token_expired, token_claims.
const char* to_string(token_error_kind kind) noexcept;
// docs/protocol.md §1: 4501 malformed or claims, 4502 signature, 4503 expired.
std::uint16_t close_code(token_error_kind kind) noexcept;

[[noreturn]] void throw_exception_from_error(const token_error& e, const boost::source_location&);

template <class T>
class [[nodiscard]] token_result : public boost::system::result<T, token_error> {
 public:
  using boost::system::result<T, token_error>::result;
};

}  // namespace roomlog
