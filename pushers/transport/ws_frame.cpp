#include "pushers/transport/ws_frame.h"

namespace roomlog {

std::size_t put_ws_header(char* to, ws_opcode opcode, std::uint64_t payload_bytes) {
  constexpr unsigned final_frame = 0x80;
  to[0] = static_cast<char>(final_frame | static_cast<unsigned>(opcode));
  if (payload_bytes < 126) {
    to[1] = static_cast<char>(payload_bytes);
    return 2;
  }
  const int length_bytes = payload_bytes <= 0xffff ? 2 : 8;
  to[1] = static_cast<char>(length_bytes == 2 ? 126 : 127);
  for (int i = 0; i < length_bytes; ++i)
    to[2 + i] = static_cast<char>(payload_bytes >> (8 * (length_bytes - 1 - i)) & 0xff);
  return 2 + static_cast<std::size_t>(length_bytes);
}

void append_ws_frame(std::string& out, ws_opcode opcode, std::string_view payload) {
  char header[ws_header_bytes_max];
  out.append(header, put_ws_header(header, opcode, payload.size()));
  out.append(payload);
}

std::string_view ws_payload(std::string_view frame) {
  const auto length = static_cast<unsigned char>(frame[1]);  // no mask bit: we are the server
  return frame.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

std::string with_lawful_close_code(std::string_view frame) {
  std::string bytes(frame);
  const bool has_code = bytes.size() >= 4 && bytes[0] == '\x88';
  if (!has_code) return bytes;
  const auto at = [&](std::size_t i) { return static_cast<unsigned>(bytes[i]) & 0xff; };
  if ((at(2) << 8 | at(3)) >= 5000) bytes.replace(2, 2, "\x03\xea");  // 1002
  return bytes;
}

}  // namespace roomlog
