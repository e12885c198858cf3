// The written form of settings: numbers, sizes and durations with units.
#pragma once

#include <string>
#include <string_view>

#include "app/config/settings.h"
#include "log/base/result.h"

namespace roomlog {

// errc::invalid with what is wrong with the value; the text names neither setting nor value.
// Units: B, KiB, MiB, GiB; ms, s, m, h, d. A bare number is taken as bytes where the setting's name
// ends in _bytes, as milliseconds where it ends in _ms; 0 needs no unit anywhere.
result<setting_value> parse_setting(const setting& what, std::string_view text);

// The way back, in the largest unit that divides it.
std::string format_setting(const setting& what, const setting_value& value);
// What `from` holds, and what a `config` has where nothing else is given, as one would write it.
std::string text_of(const setting& what, const config& from);
std::string default_text(const setting& what);

// "from 1KiB to 16MiB", "at least 1", "embedded or memory", …; empty where anything goes.
std::string describe_range(const setting& what);

}  // namespace roomlog
