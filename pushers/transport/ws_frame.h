// WebSocket frames as a server writes them (RFC 6455 §5.2): one frame per message, not masked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace roomlog {

enum class ws_opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

constexpr std::size_t ws_header_bytes_max = 10;

// Writes the header of a final frame to `to`, which has room for ws_header_bytes_max; gives its
// size.
std::size_t put_ws_header(char* to, ws_opcode opcode, std::uint64_t payload_bytes);

constexpr std::size_t ws_header_bytes(std::uint64_t payload_bytes) {
  return payload_bytes < 126 ? 2 : payload_bytes <= 0xffff ? 4 : 10;
}
// The payload of one whole frame as put_ws_header() begins it.
std::string_view ws_payload(std::string_view frame);

inline bool is_close_frame(std::string_view bytes) {
  return !bytes.empty() && bytes[0] == '\x88';
}
// A close frame whose code is above 4999, which nobody may use (RFC 6455 §7.4.2), with 1002
// instead; other bytes as they are.
std::string with_lawful_close_code(std::string_view frame);

void append_ws_frame(std::string& out, ws_opcode opcode, std::string_view payload);

}  // namespace roomlog
