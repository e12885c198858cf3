// The body of an HTTP answer that is made as the client takes it, and what it may do to its
// connection.
//
//   reply({200, "text/event-stream", …, stream})
//     └─► head ─► produce() ─► piece ─► with the kernel ─► produce() ─► … ─► ended: last chunk
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace roomlog {

// Lives as long as the stream. On the loop's thread only.
class http_stream_link {
 public:
  virtual ~http_stream_link() = default;
  // The stream that waited has something.
  virtual void wake() = 0;
  // on_timer() is called at `due` or up to a tick later, unless it was called earlier: the call
  // then asks anew.
  virtual void call_at(std::chrono::microseconds due) = 0;
  // Cuts the connection without a word.
  virtual void abort() = 0;
};

enum class stream_state {
  more,  // a piece was appended, and there is more at once; without a piece it is taken for `waits`
  waits,   // until http_stream_link::wake()
  ended,   // that was all
  broken,  // there is more that cannot be had: the client sees that the body is not whole
};

// Made, asked and destroyed on its loop's thread; destroyed when it has ended or its connection
// has, never from within a call.
class http_stream {
 public:
  virtual ~http_stream() = default;
  // Called when everything before is with the kernel, so that a client who does not read holds one
  // piece. Appends some `room` bytes at most. Exceptions break the stream.
  virtual stream_state produce(std::string& out, std::size_t room) = 0;
  virtual void on_timer() {}
};

// Not called where no body is sent: for a HEAD, or a connection that has ended.
using http_stream_factory = std::function<std::unique_ptr<http_stream>(http_stream_link&)>;

}  // namespace roomlog
