// Text as the editors and shells of all systems save it: UTF-8, perhaps with a byte order mark.
#pragma once

#include <string>
#include <string_view>

#include "log/base/result.h"

namespace roomlog {

// `bytes` without the byte order mark that some editors put in front of UTF-8. errc::malformed for
// UTF-16 and UTF-32, with or without a mark; the message names `source`. Whether the rest is valid
// UTF-8 is for the reader of the text to check. The result points into `bytes`.
result<std::string_view> text_without_mark(std::string_view bytes, const std::string& source);

// The same for a secret, which may be any bytes: a mark counts as one only in front of valid UTF-8,
// and UTF-16 only where it spells ASCII.
result<std::string_view> secret_without_mark(std::string_view bytes, const std::string& source);

}  // namespace roomlog
