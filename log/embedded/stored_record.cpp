#include "log/embedded/stored_record.h"

#include <xxhash.h>

#include <cstring>

#include "log/base/bytes.h"

namespace roomlog {
namespace {

constexpr std::size_t checksum_bytes = 8;

// XXH3 over place | append time | key length | XXH3(key) | XXH3(value): key and value lie apart
// when a record is written.
std::uint64_t checksum(std::string_view place, const char* time_and_length, std::string_view key,
                       std::string_view value) {
  constexpr std::size_t fixed = stored_header_bytes - checksum_bytes;
  std::array<char, stored_key_bytes + fixed + 16> bytes;
  char* to = bytes.data();
  std::memcpy(to, place.data(), stored_key_bytes);
  std::memcpy(to + stored_key_bytes, time_and_length, fixed);
  store_little(to + stored_key_bytes + fixed, std::uint64_t{XXH3_64bits(key.data(), key.size())});
  store_little(to + stored_key_bytes + fixed + 8,
               std::uint64_t{XXH3_64bits(value.data(), value.size())});
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

stored_key make_stored_key(partition_id partition, offset at) {
  stored_key key;
  store_big(key.data(), partition.value);
  store_big(key.data() + 4, at.value);
  return key;
}

std::optional<stored_place> parse_stored_key(std::string_view key) {
  if (key.size() != stored_key_bytes) return std::nullopt;
  return stored_place{partition_id{load_big<std::uint32_t>(key.data())},
                      offset{load_big<std::uint64_t>(key.data() + 4)}};
}

stored_header make_stored_header(const stored_key& place, timestamp append_time,
                                 std::string_view key, std::string_view value) {
  stored_header header;
  store_little(header.data() + 8, static_cast<std::uint64_t>(append_time.value));
  store_little(header.data() + 16, static_cast<std::uint32_t>(key.size()));
  store_little(header.data(), checksum(as_text(place), header.data() + 8, key, value));
  return header;
}

std::optional<stored_content> parse_stored_value(std::string_view place, std::string_view value) {
  if (place.size() != stored_key_bytes || value.size() < stored_header_bytes) return std::nullopt;
  const auto key_bytes = load_little<std::uint32_t>(value.data() + 16);
  const auto rest = value.substr(stored_header_bytes);
  if (key_bytes > rest.size()) return std::nullopt;
  const auto key = rest.substr(0, key_bytes);
  const auto payload = rest.substr(key_bytes);
  if (checksum(place, value.data() + 8, key, payload) != load_little<std::uint64_t>(value.data())) {
    return std::nullopt;
  }
  const auto time = static_cast<std::int64_t>(load_little<std::uint64_t>(value.data() + 8));
  return stored_content{timestamp{time}, key, as_byte_view(payload)};
}

}  // namespace roomlog
