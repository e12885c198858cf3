// The bytes of a record in RocksDB.
//
//   key:   partition 4 | offset 8                                            big-endian
//   value: checksum 8 | append time 8 | key length 4 | key | value           little-endian
//
// RocksDB sorts keys by their bytes, so big-endian keys are in the order of offsets.
//
// The checksum is ours, over the RocksDB key too, from the hand-over to RocksDB until the records
// are read: it finds what a block's checksum cannot, a record at another's place or one that was
// damaged in memory.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "log/record.h"

namespace roomlog {

constexpr std::size_t stored_key_bytes = 12;
constexpr std::size_t stored_header_bytes = 20;

using stored_key = std::array<char, stored_key_bytes>;
using stored_header = std::array<char, stored_header_bytes>;

stored_key make_stored_key(partition_id partition, offset at);

inline std::string_view as_text(const stored_key& key) {
  return {key.data(), key.size()};
}

struct stored_place {
  partition_id partition;
  offset at;
};
// Nothing where these bytes are no key of a record.
std::optional<stored_place> parse_stored_key(std::string_view key);

// What stands before key and value.
stored_header make_stored_header(const stored_key& place, timestamp append_time,
                                 std::string_view key, std::string_view value);

// `value` is all that RocksDB holds under the key `place`; the result borrows from it. Nothing
// where the checksum fails.
struct stored_content {
  timestamp append_time;
  std::string_view key;
  byte_view value;
};
std::optional<stored_content> parse_stored_value(std::string_view place, std::string_view value);

}  // namespace roomlog
