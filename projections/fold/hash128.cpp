#include "projections/fold/hash128.h"

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

}  // namespace roomlog
