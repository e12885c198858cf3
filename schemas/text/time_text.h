// Times as clients see them: UTC, RFC 3339, six fraction digits, `Z`; fixed width, so that sorting
// the text sorts the times.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/base/types.h"

namespace roomlog {

constexpr std::size_t time_text_size = 27;  // 2026-03-01T09:14:07.000123Z

// Years 1970–9999.
void append_time_text(std::string& out, timestamp t);
std::string time_text(timestamp t);
// Accepts RFC 3339 with 0–6 or more fraction digits (cut to six) and any offset; lower-case t and z
// too.
std::optional<timestamp> parse_time_text(std::string_view text);

}  // namespace roomlog
