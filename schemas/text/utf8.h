// Whether bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace roomlog {

bool is_valid_utf8(std::string_view text) noexcept;

// Code points of valid UTF-8.
std::size_t count_code_points(std::string_view text) noexcept;

}  // namespace roomlog
