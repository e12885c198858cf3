#include "ingress/direct_room.h"

#include <cstdint>
#include <utility>

#include "ingress/sha256.h"

namespace roomlog {
namespace {

void append_with_length(std::string& out, std::string_view user) {
  const auto size = static_cast<std::uint32_t>(user.size());
  for (unsigned shift = 0; shift < 32; shift += 8) {
    out += static_cast<char>(static_cast<unsigned char>(size >> shift));
  }
  out += user;
}

}  // namespace

std::string direct_room_id(std::string_view a, std::string_view b) {
  if (b < a) std::swap(a, b);
  std::string pair;
  append_with_length(pair, a);
  append_with_length(pair, b);
  const auto digest = sha256(pair);
  std::string id(direct_room_prefix);
  constexpr char digits[] = "0123456789abcdef";
  for (std::size_t i = 0; i < 16; ++i) {
    const auto byte = std::to_integer<unsigned>(digest[i]);
    id += digits[byte >> 4];
    id += digits[byte & 15];
  }
  return id;
}

}  // namespace roomlog
