// The written form of settings: numbers, sizes and durations with units.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config/settings.h"
#include "log/base/result.h"

namespace roomlog {

// text, path, endpoint, choice, list, ranges, addresses and secret are strings; integer, bytes and
// duration (ms) are numbers.
using setting_value = std::variant<std::string, std::int64_t, bool>;

// errc::invalid with what is wrong with the value; the text names neither setting nor value.
// Units: B, KiB, MiB, GiB; ms, s, m, h, d. A bare number is taken as bytes where the setting's name
// ends in _bytes, as milliseconds where it ends in _ms; 0 needs no unit anywhere.
result<setting_value> parse_setting(const setting& what, std::string_view text);

// The way back, in the largest unit that divides it.
std::string format_setting(const setting& what, const setting_value& value);

// What a list holds, in the order given; what ranges stand for, ascending and each once. The text
// was taken by parse_setting().
std::vector<std::string> list_items(std::string_view text);
std::vector<std::uint32_t> range_numbers(std::string_view text);

// "from 1KiB to 16MiB", "at least 1", "embedded or memory", …; empty where anything goes.
std::string describe_range(const setting& what);

}  // namespace roomlog
