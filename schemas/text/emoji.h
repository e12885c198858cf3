// What a reaction may be: one short text that people see as one sign.
#pragma once

#include <cstddef>
#include <string_view>

namespace roomlog {

constexpr std::size_t emoji_bytes_max = 64;

// 1 to emoji_bytes_max bytes of UTF-8 without control characters and white space in Unicode's sense
// (its properties Cc and White_Space). Joiners and variation selectors are part of many emoji.
bool is_emoji(std::string_view text) noexcept;

}  // namespace roomlog
