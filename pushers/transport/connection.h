// One client's connection: HTTP requests on it (http_side), or the WebSocket that it was upgraded
// to, over one ordered output. Beast is seen here, in connection*.cpp and in the stream under it.
//
//   http_side ──► upgrade ──► open: messages in, frames out
//       │                       ├ the peer ends ───► parting ──┐
//       │                       └ the server ends ─► closing ──┤
//       └ the last answer ─────────────────────────────────────┴─► lingering ──► ended
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

#include "pushers/transport/request_rules.h"
#include "pushers/transport/serve_connection.h"
#include "pushers/transport/tick_stream.h"

namespace roomlog {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

class http_side;

// Lives as long as its loop knows it or an operation of it is under way. On its loop's thread only.
class client_connection final : public loop_member,
                                public tick_io,
                                public connection_link,
                                public http_stream_link {
 public:
  client_connection(event_loop& loop, const connection_settings& settings, accepted_client client);
  ~client_connection() override;

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

  // ---- for its HTTP side ----
  std::shared_ptr<client_connection> self() {
    return std::static_pointer_cast<client_connection>(shared_from_this());
  }
  event_loop& loop() { return loop_; }
  const connection_settings& settings() const { return settings_; }
  const accepted_client& client() const { return client_; }
  http_side* http() { return http_.get(); }  // null once it is upgraded
  bool has_ended() const { return ended_; }
  void set_deadline(std::chrono::milliseconds wait);
  // Counts what waits in the output.
  void account();
  // Sends what is there, and then lingers.
  void end_when_sent() { linger_when_sent_ = true; }
  bool ends_when_sent() const { return linger_when_sent_; }
  // By this request, which is a good one; `room`: for the connection.
  void upgrade(const request_head& head, std::string target, bool room);

 private:
  // ---- connection.cpp ----
  bool takes_events() const { return open_ && !closing_ && !close_put_ && app_; }
  // Until everything here is sent.
  void send_nothing_past() { loop_.direct().set_idle(direct_, false); }

  // ---- connection_websocket.cpp: from the upgrade to the end of the conversation ----
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
  std::string in_;
  std::size_t in_used_ = 0;
  std::size_t accounted_ = 0;  // of out, in the loop's counter
  output_place direct_ = output_place::none;
  std::chrono::microseconds deadline_ = never_due;
  std::string farewell_;  // the close frame that waits for the application's answers
  bool open_ = false, reading_ = false, closing_ = false, parting_ = false, ended_ = false;
  bool close_put_ = false;  // the library has closed: no events any more
  bool linger_when_sent_ = false, lingering_ = false, output_ended_ = false, write_waiting_ = false;
  // At the next timer, so that a peer who is refused does not take the loop from others.
  bool discard_due_ = false;
};

}  // namespace roomlog
