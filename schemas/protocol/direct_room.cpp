#include "schemas/protocol/direct_room.h"

#include <cstdint>
#include <utility>

#include "log/base/bytes.h"
#include "log/base/hex.h"
#include "log/base/sha256.h"

namespace roomlog {
namespace {

void append_with_length(std::string& out, std::string_view user) {
  append_little(out, static_cast<std::uint32_t>(user.size()));
  out += user;
}

}  // namespace

std::string direct_room_id(std::string_view a, std::string_view b) {
  if (b < a) std::swap(a, b);
  std::string pair;
  append_with_length(pair, a);
  append_with_length(pair, b);
  const auto digest = sha256(pair);
  return std::string(direct_room_prefix) + hex_text(std::span(digest).first(16));
}

}  // namespace roomlog
