// A connection's WebSocket side: the upgrade, messages that come in, and the closing.
#include <algorithm>

#include "pushers/transport/connection_http.h"
#include "pushers/transport/socket_facts.h"
#include "pushers/transport/trace_context.h"
#include "pushers/transport/upgrade.h"

namespace roomlog {

namespace {

// The input of a connection begins with room for most messages of a chat, and keeps what larger
// ones have made it up to a bound.
constexpr std::size_t idle_input_bytes = 256;
constexpr std::size_t kept_input_bytes = 4 * 1024;

// What the library has closed a connection with by itself; 0 where the peer did, or nobody.
std::uint16_t close_code_of(io_error ec) {
  if (ec == websocket::error::message_too_big) return websocket::close_code::too_big;
  if (ec == websocket::error::bad_frame_payload) return websocket::close_code::bad_payload;
  if (ec == websocket::condition::protocol_violation) return websocket::close_code::protocol_error;
  return 0;
}

// The request as the library is to see it: what it was has been judged.
http::request<http::empty_body> plain_upgrade(std::string_view key) {
  http::request<http::empty_body> request(http::verb::get, "/", 11);
  request.set(http::field::host, "roomlog");
  request.set(http::field::connection, "Upgrade");
  request.set(http::field::upgrade, "websocket");
  request.set(http::field::sec_websocket_version, "13");
  request.set(http::field::sec_websocket_key, beast::string_view(key.data(), key.size()));
  return request;
}

}  // namespace

// ---- upgrade ----

void client_connection::upgrade(const request_head& head, std::string target, bool room) {
  const auto offered = whole_list(head, "Sec-WebSocket-Protocol");
  upgrade_request asked;
  asked.target = std::move(target);
  asked.token = token_of_upgrade(whole_list(head, "Authorization"), offered);
  // Two of them are none (the standard allows one).
  if (count_of(head, "traceparent") == 1)
    asked.traceparent = trace_context_of(whole_list(head, "traceparent"));
  asked.place = client_.place;
  asked.overloaded = !room;
  std::string chosen;
  if (offers_protocol(offered, settings_.protocol)) chosen = settings_.protocol;
  const auto request = plain_upgrade(whole_list(head, "Sec-WebSocket-Key"));

  early.assign(http_->rest());
  ws_.emplace(tick_stream(this));
  ws_->set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                  websocket::stream_base::none(), false});
  ws_->read_message_max(settings_.message_bytes_max);
  ws_->set_option(websocket::stream_base::decorator([chosen](websocket::response_type& response) {
    response.set(http::field::server, "roomlog");
    if (!chosen.empty()) response.set(http::field::sec_websocket_protocol, chosen);
  }));
  ws_->async_accept(request, [keep = self(), asked = std::move(asked)](io_error ec) {
    keep->on_upgraded(ec, asked);
  });
}

void client_connection::on_upgraded(io_error ec, const upgrade_request& asked) {
  if (ended_) return;
  http_.reset();
  if (ec) {  // the library has answered
    linger_when_sent_ = true;
    return wake();
  }
  deadline_ = never_due;
  open_ = true;
  in_.resize(idle_input_bytes);
  direct_ = loop_.direct().add(socket.native_handle());
  app_ = settings_.make_application(*this, asked);
  app_->on_open();
  input_wanted();
}

// ---- messages ----

void client_connection::read_more() {
  const bool within = in_used_ != 0;
  if (reading_ || !open_ || closing_ || (!within && !app_->wants_input())) return;
  if (in_.size() == in_used_) {
    // A few bytes more than the largest message, so that there is always room to read into.
    const auto wanted = std::max(in_.size() * 2, in_used_ + ws_->read_size_hint(std::size_t{4096}));
    in_.resize(std::min(wanted, settings_.message_bytes_max + idle_input_bytes));
  }
  reading_ = true;
  ws_->async_read_some(
      asio::buffer(in_.data() + in_used_, in_.size() - in_used_),
      [keep = self()](io_error ec, std::size_t bytes) { keep->on_read(ec, bytes); });
}

void client_connection::on_read(io_error ec, std::size_t bytes) {
  reading_ = false;
  if (ended_) return;
  if (ec) {
    // While we close, the library's close operation reads; its end is the connection's.
    if (ec == asio::error::operation_aborted && closing_) return;
    if (const auto code = close_code_of(ec); code != 0) loop_.counters().closes.add(code);
    return on_websocket_end();
  }
  if (closing_) return;
  if (ws_->got_binary() && !app_->takes_binary()) return app_->on_binary_refused();
  in_used_ += bytes;
  if (ws_->is_message_done()) deliver();
  if (!ended_) read_more();
}

void client_connection::deliver() {
  const auto bytes = std::exchange(in_used_, 0);
  reading_ = true;  // whoever asks for more input meanwhile gets it after in_ is its own again
  app_->on_message(ws_->got_binary() ? ws_opcode::binary : ws_opcode::text,
                   std::string_view(in_).substr(0, bytes));
  reading_ = false;
  if (in_.size() <= kept_input_bytes) return;
  in_.resize(idle_input_bytes);
  in_.shrink_to_fit();
}

// ---- the end of the conversation ----

void client_connection::close(std::uint16_t code, std::string_view reason) {
  if (closing_ || !open_) return;
  closing_ = true;
  loop_.counters().closes.add(code);
  set_deadline(settings_.close_wait);
  constexpr std::size_t reason_bytes_max = 123;  // RFC 6455 §5.5
  const websocket::close_reason why(
      static_cast<websocket::close_code>(code),
      beast::string_view(reason.data(), std::min(reason.size(), reason_bytes_max)));
  ws_->async_close(why, [keep = self()](io_error) { keep->on_websocket_end(); });
  if (held) let_reads_go();
  wake();
}

// The library has said and heard what there is; what it wrote may still wait in the buffer. What
// was taken from a peer that has ended is answered first, within close_wait.
void client_connection::on_websocket_end() {
  if (ended_ || linger_when_sent_) return;
  open_ = false;
  send_nothing_past();
  parting_ = !std::exchange(closing_, true) && app_->answers_due();
  if (!parting_) return part();
  set_deadline(settings_.close_wait);
}

// Not from within a call of the application.
void client_connection::part_soon() {
  parting_ = false;
  asio::post(loop_.asio().io, [keep = self()] { keep->part(); });
}

void client_connection::part() {
  if (ended_ || linger_when_sent_) return;
  parting_ = false;
  linger_when_sent_ = true;
  set_deadline(settings_.close_wait);
  out.append_bytes(farewell_);
  app_.reset();
  wake();
}

// A socket that is closed with unread input resets the connection, and the peer may lose our last
// words: so it says first that nothing follows, and reads until the peer ends too.
void client_connection::linger() {
  if (std::exchange(lingering_, true)) return;
  set_deadline(settings_.close_wait);
  // With a body on its way that is not at once: a peer who begins anew at our end is slowed down.
  if (http_ && http_->has_body()) return discard_later();
  discard_input();
}

void client_connection::discard_later() {
  discard_due_ = true;
  loop_.call_at(*this, loop_.now() + discard_pause);
}

void client_connection::discard_input() {
  io_error shut;
  if (!std::exchange(output_ended_, true)) socket.shutdown(tcp_socket::shutdown_send, shut);
  if (shut) return end();
  socket.async_wait(tcp_socket::wait_read, [keep = self()](io_error ec) {
    if (ec || keep->ended_ || discard_readable(keep->socket.native_handle())) return keep->end();
    keep->discard_later();  // what nobody reads does not take the loop from others
  });
}

}  // namespace roomlog
