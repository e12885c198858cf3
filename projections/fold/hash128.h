// The running hashes' function: XXH3-128 in its canonical (big-endian) form. It finds faults and
// disagreement, not forgers.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "log/record.h"

namespace roomlog {

using hash128 = std::array<std::byte, 16>;

hash128 hash_bytes(byte_view bytes) noexcept;
inline hash128 hash_bytes(std::string_view bytes) noexcept {
  return hash_bytes(as_byte_view(bytes));
}
inline std::string_view as_text(const hash128& h) {
  return {reinterpret_cast<const char*>(h.data()), h.size()};
}
// For tables in memory; XXH3-64.
std::uint64_t hash64(std::string_view bytes) noexcept;

}  // namespace roomlog
