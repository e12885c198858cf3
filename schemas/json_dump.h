// How the dumps for people (to_json) write what JSON has no form for. Internal to the codec.
#pragma once

#include <span>
#include <string_view>

#include "log/types.h"
#include "schemas/json_writer.h"
#include "schemas/time_text.h"

namespace roomlog {

inline std::string hex_text(std::span<const std::byte> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

// Numbers that use all 64 bits go out as 16 hexadecimal digits: JSON readers keep only 53 bits.
inline std::string hex_text(std::uint64_t n) {
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(n >> shift) & 15];
  return text;
}

// As RFC 3339; microseconds where the year has no four digits; null where not set.
inline void dump_time(json_object& json, std::string_view name, timestamp t) {
  if (t.value == 0) {
    json.raw(name, "null");
  } else if (const auto text = time_text(t); parse_time_text(text) == t) {
    json.field(name, text);
  } else {
    append_json_number(json.value_of(name), t.value);
  }
}

}  // namespace roomlog
