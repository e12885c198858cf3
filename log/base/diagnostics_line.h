// How a line of diagnostics looks, apart from where it goes.
#pragma once

#include <string>
#include <string_view>

#include "log/base/diagnostics.h"
#include "log/base/types.h"

namespace roomlog::diagnostics {

const char* name_of(level severity);

// `2026-03-01T09:14:07.000123Z warn log: text`, or one JSON object with ts, level, area and text;
// no line end. One line stays one line whatever `text` holds: control characters are escaped in
// both forms, and in JSON bytes that are no UTF-8 become U+FFFD.
std::string make_line(timestamp now, level severity, std::string_view area, std::string_view text,
                      format how);

}  // namespace roomlog::diagnostics
