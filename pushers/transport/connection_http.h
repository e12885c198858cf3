// The HTTP side of a connection: requests are read one at a time and answered in their order, from
// their heads alone, until one of them upgrades the connection or the connection ends.
//
//   request ──► handler ──► answer ──► next request, or the end
//      │           └──────► stream: piece by piece, each when the one before is sent
//      └──────► upgrade: the connection takes over
//
// Owned by its connection, which it uses for time, output and its end; gone once the connection is
// upgraded. On the loop's thread only.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "pushers/transport/connection.h"
#include "pushers/transport/head_parser.h"
#include "pushers/transport/request_rules.h"
#include "pushers/transport/streamed_answer.h"

namespace roomlog {

class http_side {
 public:
  explicit http_side(client_connection& connection)
      : connection_(connection),
        loop_(connection.loop()),
        settings_(connection.settings()),
        client_(connection.client()),
        stream_(&connection),
        heads_(settings_.head_bytes_max) {}

  void read_request();
  // What was read behind the head, of which an upgrade is the last.
  std::string_view rest() const { return heads_.rest(); }
  // The present request has a body, which is not read.
  bool has_body() const { return has_body_; }

  // Everything is with the kernel. True: something else is to be sent or read now.
  bool on_drained();
  // The connection's deadline has come.
  void on_deadline();
  // True: the next request is read.
  bool begin_if_due();
  void on_timer() {
    if (streamed_) streamed_->on_timer();
  }
  // The connection has ended: the handler is told.
  void forget_request() {
    if (gone_) *gone_ = true;
  }
  // Not from within a call of the stream.
  void end_stream();

 private:
  void read_more_of_head();
  void parse_head();
  void refuse_head();
  void on_head();
  bool has_room(const request_head& head);
  bool is_endpoint(std::string_view path) const;
  void ask(http_request request);
  void watch_for_reset();
  void on_error_state(io_error ec);
  http_reply reply_to_this();
  void on_answer(std::uint64_t asked, const http_response& response);
  void answer(const http_response& response);
  void start_stream(const http_response& response);
  void pump_stream();
  void end_stalled_stream();

  client_connection& connection_;
  event_loop& loop_;
  const connection_settings& settings_;
  const accepted_client& client_;
  tick_stream stream_;
  head_parser heads_;
  std::unique_ptr<streamed_answer> streamed_;
  // The request that the handler has.
  std::uint64_t asked_ = 0;
  std::shared_ptr<std::atomic<bool>> gone_;  // what it was told; null before the first
  bool answer_awaited_ = false, head_only_ = false, has_body_ = false;
  bool chunks_known_ = true;      // by the peer: not in HTTP/1.0
  bool watched_ = false;          // for a reset by the peer
  bool again_when_sent_ = false;  // the next request, after the answer
  bool slow_down_ = false;        // the next request is read in the tick after the answer
  bool request_due_ = false;      // at the next timer
  persistence after_answer_ = persistence::none;
};

}  // namespace roomlog
