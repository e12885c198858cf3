#include "pushers/transport/streamed_answer.h"

#include <array>
#include <charconv>
#include <exception>

#include "log/base/diagnostics.h"

namespace roomlog {

stream_state streamed_answer::produce_into(output_buffer& out, std::size_t room) {
  auto state = stream_state::broken;
  try {
    state = stream_->produce(piece_, room);
  } catch (const std::exception& e) {
    diagnostics::error("http", std::string("a streamed answer ends: ") + e.what());
  }
  if (state == stream_state::more && piece_.empty()) state = stream_state::waits;
  append_piece(out);
  if (state == stream_state::ended && framing_ == body_framing::chunked)
    out.append_bytes("0\r\n\r\n");
  return state;
}

// An empty chunk would be the last one.
void streamed_answer::append_piece(output_buffer& out) {
  if (piece_.empty()) return;
  const bool chunked = framing_ == body_framing::chunked;
  if (chunked) {
    std::array<char, 18> size;
    const auto end = std::to_chars(size.data(), size.data() + 16, piece_.size(), 16).ptr;
    out.append_bytes({size.data(), end});
    out.append_bytes("\r\n");
  }
  out.append_bytes(piece_);
  if (chunked) out.append_bytes("\r\n");
  std::string().swap(piece_);  // a stream that waits for long holds no memory for it
}

}  // namespace roomlog
