// A stream on its way to one client: the pieces that it produces, framed for the client's version
// of HTTP (RFC 9112 §7.1). Knows no socket.
#pragma once

#include <memory>
#include <string>

#include "pushers/http/http_types.h"
#include "pushers/transport/output_buffer.h"

namespace roomlog {

class streamed_answer {
 public:
  // `framing` is not body_framing::length.
  streamed_answer(std::unique_ptr<http_stream> stream, body_framing framing)
      : stream_(std::move(stream)), framing_(framing) {}

  // Appends one piece of about `room` bytes at most, and the end of the body where that is
  // reached. `more` only behind a piece.
  stream_state produce_into(output_buffer& out, std::size_t room);
  void on_timer() { stream_->on_timer(); }
  // Whether the client can tell a body that was cut from one that has ended.
  bool tells_its_end() const { return framing_ == body_framing::chunked; }

 private:
  void append_piece(output_buffer& out);

  const std::unique_ptr<http_stream> stream_;
  const body_framing framing_;
  std::string piece_;  // empty between two calls
};

}  // namespace roomlog
