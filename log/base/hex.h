// Bytes and numbers as lower-case hexadecimal digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace roomlog {

// Two digits a byte.
inline void append_hex(std::string& to, std::span<const std::byte> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  for (const std::byte one : bytes) {
    to += digits[std::to_integer<unsigned>(one) >> 4];
    to += digits[std::to_integer<unsigned>(one) & 15];
  }
}

inline void append_hex(std::string& to, char byte) {
  const std::byte one{static_cast<unsigned char>(byte)};
  append_hex(to, std::span(&one, 1));
}

inline std::string hex_text(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  append_hex(text, bytes);
  return text;
}

// 16 digits. In JSON numbers that use all 64 bits go out so: its readers keep only 53.
inline std::string hex_text(std::uint64_t n) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8) append_hex(text, static_cast<char>(n >> shift));
  return text;
}

}  // namespace roomlog
