#include "projections/hash128.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

namespace roomlog {

hash128 hash_bytes(byte_view bytes) noexcept {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  hash128 h;
  std::memcpy(h.data(), canonical.digest, h.size());
  return h;
}

std::uint64_t hash64(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::string to_hex(const hash128& h) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::byte b : h) {
    text += digits[std::to_integer<unsigned>(b) >> 4];
    text += digits[std::to_integer<unsigned>(b) & 15];
  }
  return text;
}

}  // namespace roomlog
