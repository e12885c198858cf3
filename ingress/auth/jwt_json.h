// JSON as tokens and keys are allowed to have it: what two parsers could read in two ways is
// refused.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "log/base/result.h"

namespace roomlog {

// One JSON object and nothing after it (RFC 8259): valid UTF-8, no lone surrogates, depth at most
// 32, no member name twice in any object (RFC 7515 §4, RFC 7519 §4), no number beyond a double.
// errc::malformed says what is wrong.
result<boost::json::object> parse_strict_object(std::string_view text);

// For messages: what a stranger wrote, in quotes, cut to 48 characters, foreign characters as '?'.
std::string in_quotes(std::string_view text);

}  // namespace roomlog
