// One client's connection: HTTP requests on it, or the WebSocket that it was upgraded to, over one
// ordered output. Beast is seen here, in connection*.cpp and in the stream under it.
//
//   request ──► plain HTTP: answer, next request
//      │           └ streamed: piece by piece, each when the one before is sent
//      └──────► upgrade ──► open: messages in, frames out
//                             ├ the peer ends ───► parting ──┐
//                             └ the server ends ─► closing ──┴─► lingering ──► ended
//
// parting: answers that are due are sent, events are not. lingering: everything is sent, and the
// peer's end is awaited.
#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pushers/transport/head_parser.h"
#include "pushers/transport/request_rules.h"
#include "pushers/transport/serve_connection.h"
#include "pushers/transport/streamed_answer.h"
#include "pushers/transport/tick_stream.h"

namespace roomlog {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

// Lives as long as its loop knows it or an operation of it is under way. On its loop's thread only.
class client_connection final : public loop_member,
                                public tick_io,
                                public connection_link,
                                public http_stream_link {
 public:
  client_connection(event_loop& loop, const connection_settings& settings, accepted_client client)
      : tick_io(loop.asio().io.get_executor()),
        loop_(loop),
        settings_(settings),
        client_(std::move(client)) {}

  // Takes the socket.
  void start();

  // connection_link; wake(), call_at() and abort() are http_stream_link's too
  output_buffer& output() override { return out; }
  void wake() override {
    send_nothing_past();
    loop_.flush_later(*this);
  }
  void input_wanted() override {
    if (open_ && !reading_) read_more();
    if (parting_ && !app_->answers_due()) part_soon();
  }
  void call_at(std::chrono::microseconds due) override { loop_.call_at(*this, due); }
  void close(std::uint16_t code, std::string_view reason) override;
  void abort() override;
  peer_progress progress() override;
  output_place place_for_direct() const override { return direct_; }

  // loop_member
  void flush() override;
  void on_timer(std::chrono::microseconds now) override;
  void end() override;

  // tick_io
  void put(std::string_view bytes) override;
  bool holds_reads() const override {
    return !closing_ && out.waiting() > settings_.output_bytes_max;
  }
  void on_received() override {
    if (app_) app_->on_heard();
  }

 private:
  struct http_side {
    http_side(tick_io* io, std::size_t head_bytes_max) : stream(io), heads(head_bytes_max) {}
    tick_stream stream;
    head_parser heads;
  };

  std::shared_ptr<client_connection> self() {
    return std::static_pointer_cast<client_connection>(shared_from_this());
  }

  // ---- connection.cpp: time and output ----
  void set_deadline(std::chrono::milliseconds wait);
  void account();
  bool takes_events() const { return open_ && !closing_ && !close_put_ && app_; }
  // Until everything here is sent.
  void send_nothing_past() { loop_.direct().set_idle(direct_, false); }

  // ---- connection_http.cpp: requests and their answers ----
  void read_request();
  void read_more_of_head();
  void parse_head();
  void refuse_head();
  void on_head();
  bool has_room(const request_head& head);
  void ask(http_request request);
  void watch_for_reset();
  http_reply reply_to_this();
  void on_answer(std::uint64_t asked, const http_response& response);
  void answer(const http_response& response);
  void start_stream(const http_response& response);
  void pump_stream();
  void end_stream();
  void end_stalled_stream();
  bool is_endpoint(std::string_view path) const;

  // ---- connection_websocket.cpp: from the upgrade to the end of the conversation ----
  void upgrade(const request_head& head, std::string target, bool room);
  void on_upgraded(io_error ec, const upgrade_request& asked);

  void read_more();
  void on_read(io_error ec, std::size_t bytes);
  void deliver();
  void on_websocket_end();
  void part_soon();
  void part();
  void linger();
  void discard_later();
  void discard_input();

  static constexpr auto never_due = std::chrono::microseconds::max();

  event_loop& loop_;
  const connection_settings& settings_;
  const accepted_client client_;
  std::unique_ptr<http_side> http_;
  std::optional<websocket::stream<tick_stream, false>> ws_;
  std::unique_ptr<connection_application> app_;
  std::unique_ptr<streamed_answer> stream_;
  std::string in_;
  std::size_t in_used_ = 0;
  std::size_t accounted_ = 0;  // of out, in the loop's counter
  output_place direct_ = output_place::none;
  std::chrono::microseconds deadline_ = never_due;
  std::string farewell_;  // the close frame that waits for the application's answers
  bool open_ = false, reading_ = false, closing_ = false, parting_ = false, ended_ = false;
  bool close_put_ = false;  // the library has closed: no events any more
  bool linger_when_sent_ = false, lingering_ = false, output_ended_ = false, write_waiting_ = false;
  bool again_when_sent_ = false;  // the next request, after the answer
  // What is done at the next timer, so that a peer who is refused does not take the loop from
  // others.
  bool discard_due_ = false, request_due_ = false;
  bool has_body_ = false;   // the present request; it is not read
  bool slow_down_ = false;  // the next request is read in the tick after the answer
  // The request that the handler has.
  std::uint64_t asked_ = 0;
  std::shared_ptr<std::atomic<bool>> gone_;  // what it was told; null before the first
  bool watched_ = false;                     // for a reset by the peer
  bool answer_awaited_ = false, head_only_ = false;
  bool chunks_known_ = true;  // by the peer: not in HTTP/1.0
  persistence after_answer_ = persistence::none;
};

}  // namespace roomlog
