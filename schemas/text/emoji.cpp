#include "schemas/text/emoji.h"

#include <cstdint>

#include "schemas/text/utf8.h"

namespace roomlog {
namespace {

// Takes the first code point of valid UTF-8 that is not empty.
std::uint32_t take_code_point(std::string_view& text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t size = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  std::uint32_t c = size == 1 ? byte(0) : byte(0) & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) c = c << 6 | (byte(i) & 0x3Fu);
  text.remove_prefix(size);
  return c;
}

bool is_control(std::uint32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

bool is_white_space(std::uint32_t c) noexcept {
  return c == 0x20 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

}  // namespace

bool is_emoji(std::string_view text) noexcept {
  if (text.empty() || text.size() > emoji_bytes_max || !is_valid_utf8(text)) return false;
  while (!text.empty()) {
    const std::uint32_t c = take_code_point(text);
    if (is_control(c) || is_white_space(c)) return false;
  }
  return true;
}

}  // namespace roomlog
