// Bytes of records and back. A value in the log is a FlatBuffer (event.fbs, file identifier RLG1)
// followed by an 8-byte little-endian XXH3-64 of the bytes before it; readers of other languages
// may ignore the trailer. Nothing is read before the checksum and the FlatBuffers Verifier have
// passed. Thread-safe: no state.
#pragma once

#include <string>

#include "log/base/result.h"
#include "log/identity.h"
#include "schemas/records/event.h"

namespace roomlog {

// A record may not be larger; the encoder's callers keep below by the limits of docs/protocol.md
// §3.
constexpr std::size_t record_bytes_max = 1 << 20;

std::string encode(const event& e);
// Borrows from `value`, which must start at an address that is a multiple of 8 (record_view does).
// errc::malformed with the reason: checksum, structure, not UTF-8, sizes.
result<event> decode(byte_view value);

std::string encode(const message_content& content);
std::string encode(const room_content& content);
// The content bytes lie within a record; they are copied aligned by the caller where they are not
// (event::content from decode() is aligned).
result<message_content> decode_message_content(byte_view content);
result<room_content> decode_room_content(byte_view content);

// One line of JSON with every field, for people, `read` and the golden corpus. Stable.
std::string to_json(const event& e);

// The LogDescriptor as the log's identity.
const identity_codec& descriptor_codec();

}  // namespace roomlog
