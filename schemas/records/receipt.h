// One record of the stream `receipts`: how far a user has received or read a room. A watermark only
// grows; views merge by maximum.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "log/base/result.h"
#include "log/base/types.h"
#include "log/record.h"

namespace roomlog {

enum class receipt_kind : std::uint8_t { delivered = 1, read = 2 };

// Borrows, as `event` does. The identity of a watermark is (room, user, kind).
struct receipt_advanced {
  std::uint16_t schema_version = 1;
  std::string_view room;  // "tenant/room"
  std::string_view user;
  receipt_kind kind = receipt_kind::delivered;
  seq_no seq;
  timestamp gateway_time;

  friend bool operator==(const receipt_advanced&, const receipt_advanced&) = default;
};

// The same frame as encode(event), with file identifier RLR1 (receipt.fbs).
std::string encode(const receipt_advanced& receipt);
// Borrows from `value`, which must start at a multiple of 8. errc::malformed with the reason.
result<receipt_advanced> decode_receipt(byte_view value);

// "room|user|kind" with a separator that no part holds: the record's key.
std::string receipt_key(const receipt_advanced& receipt);

const char* to_string(receipt_kind kind) noexcept;  // "delivered", "read"
// One line of JSON with every field. Stable.
std::string to_json(const receipt_advanced& receipt);

}  // namespace roomlog
