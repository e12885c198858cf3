#include "log/partitioner.h"

namespace roomlog {

std::uint32_t murmur2(std::string_view key) noexcept {
  constexpr std::uint32_t m = 0x5bd1e995;
  constexpr int r = 24;
  const auto* data = reinterpret_cast<const unsigned char*>(key.data());
  const auto length = static_cast<std::uint32_t>(key.size());
  std::uint32_t h = 0x9747b28cU ^ length;
  const std::uint32_t words = length / 4;
  for (std::uint32_t i = 0; i < words; ++i) {
    const unsigned char* p = data + std::size_t{i} * 4;
    std::uint32_t k =
        p[0] | std::uint32_t{p[1]} << 8 | std::uint32_t{p[2]} << 16 | std::uint32_t{p[3]} << 24;
    k *= m;
    k ^= k >> r;
    k *= m;
    h *= m;
    h ^= k;
  }
  const unsigned char* rest = data + std::size_t{words} * 4;
  switch (length % 4) {
    case 3:
      h ^= std::uint32_t{rest[2]} << 16;
      [[fallthrough]];
    case 2:
      h ^= std::uint32_t{rest[1]} << 8;
      [[fallthrough]];
    case 1:
      h ^= rest[0];
      h *= m;
      break;
    default:
      break;
  }
  h ^= h >> 13;
  h *= m;
  h ^= h >> 15;
  return h;
}

partition_id partition_of(std::string_view key, std::uint32_t partitions) noexcept {
  return partition_id{(murmur2(key) & 0x7fffffffU) % partitions};
}

}  // namespace roomlog
