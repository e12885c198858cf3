// The only file that knows Beast: HTTP requests and the WebSocket side of a connection.
//
//   request ──► plain HTTP: answer, next request
//      └──────► upgrade ──► open: messages in, frames out ──► closing: no more events
//                                                               └──► lingering: all is sent, the
//                                                                    peer's end is awaited ──►
//                                                                    ended
#include "pushers/transport/websocket.h"

#include <unistd.h>

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <optional>

#include "log/diagnostics.h"
#include "pushers/trace_context.h"
#include "pushers/transport/socket_facts.h"
#include "pushers/transport/tick_stream.h"
#include "pushers/transport/upgrade.h"

namespace roomlog {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

using std::chrono::microseconds;
using ws_stream = websocket::stream<tick_stream, false>;

constexpr std::size_t idle_input_bytes = 512;
constexpr microseconds never_due = microseconds::max();

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

// What the library has closed a connection with by itself; 0 where the peer did, or nobody.
std::uint16_t close_code_of(io_error ec) {
  if (ec == websocket::error::message_too_big) return websocket::close_code::too_big;
  if (ec == websocket::error::bad_frame_payload) return websocket::close_code::bad_payload;
  if (ec == websocket::condition::protocol_violation) return websocket::close_code::protocol_error;
  return 0;
}

class connection final : public loop_member, public tick_io, public ws_link {
 public:
  connection(event_loop& loop, const ws_settings& settings, std::string peer)
      : tick_io(loop.asio().io.get_executor()),
        loop_(loop),
        settings_(settings),
        peer_(std::move(peer)) {}

  void start(int socket_handle);

  // ws_link
  output_buffer& output() override { return out; }
  void wake() override { loop_.flush_later(*this); }
  void input_wanted() override {
    if (open_ && !reading_) read_more();
  }
  void call_at(microseconds due) override { loop_.call_at(*this, due); }
  void close(std::uint16_t code, std::string_view reason) override;
  void abort() override;
  peer_progress progress() override;

  // loop_member
  void flush() override;
  void on_timer(microseconds now) override;
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
  using request_parser = http::request_parser<http::string_body>;
  struct http_side {
    explicit http_side(tick_io* io) : stream(io) {}
    tick_stream stream;
    beast::flat_buffer buffer;
    std::optional<request_parser> parser;
  };

  std::shared_ptr<connection> self() {
    return std::static_pointer_cast<connection>(shared_from_this());
  }
  void set_deadline(std::chrono::milliseconds wait);

  void read_request();
  void on_head(io_error ec, std::size_t bytes);
  void on_request(io_error ec);
  void refuse_request(io_error ec);
  void ask(http_request request);
  http_reply reply_to_this();
  void on_answer(std::uint64_t asked, const http_response& response);
  void answer(const http_response& response, bool keep_alive, bool head_only = false);
  bool is_endpoint(std::string_view target) const;
  void upgrade();
  void on_upgraded(io_error ec, const ws_upgrade& asked);

  void read_more();
  void on_read(io_error ec, std::size_t bytes);
  void deliver();
  void on_websocket_end();
  void linger();
  void discard_input();
  void account();

  event_loop& loop_;
  const ws_settings& settings_;
  std::string peer_;
  std::unique_ptr<http_side> http_;
  std::optional<ws_stream> ws_;
  std::unique_ptr<ws_application> app_;
  std::string in_;
  std::size_t in_used_ = 0;
  std::size_t accounted_ = 0;  // of out, in the loop's counter
  microseconds deadline_ = never_due;
  bool open_ = false, reading_ = false, closing_ = false, ended_ = false;
  bool linger_when_sent_ = false, lingering_ = false, write_waiting_ = false;
  bool again_when_sent_ = false;  // the next request, after the answer
  // The request that the handler has.
  std::uint64_t asked_ = 0;
  bool answer_awaited_ = false, keep_alive_ = false, head_only_ = false;
};

// ---- start, time and end ----

void connection::start(int socket_handle) {
  loop_.add(shared_from_this());
  ++loop_.counters().accepted;
  io_error ec;
  socket.assign(asio::ip::tcp::v4(), socket_handle, ec);
  if (ec) {
    ::close(socket_handle);
    return end();
  }
  set_output_options(socket_handle, settings_.kernel_unsent_bytes);
  http_ = std::make_unique<http_side>(this);
  read_request();
}

void connection::set_deadline(std::chrono::milliseconds wait) {
  deadline_ = loop_.now() + wait;
  loop_.call_at(*this, deadline_);
}

void connection::on_timer(microseconds now) {
  if (ended_) return;
  if (now >= deadline_) {
    if (!answer_awaited_) {
      if (http_ && !linger_when_sent_) ++loop_.counters().http_timeouts;
      return end();
    }
    return on_answer(asked_, make_problem(make_client_error(error_code::unavailable,
                                                            "There was no answer in time")));
  }
  if (deadline_ != never_due) loop_.call_at(*this, deadline_);
  if (app_ && open_) app_->on_timer();
}

void connection::end() {
  if (std::exchange(ended_, true)) return;
  open_ = false;
  closing_ = true;
  const auto keep = self();
  io_error ignored;
  socket.close(ignored);
  // Not from within a call of the application or the library.
  asio::post(loop_.asio().io, [keep] {
    keep->app_.reset();
    keep->let_reads_go();  // completes with an error, which lets its handler go
    keep->loop_.counters().output_bytes -= keep->accounted_;
    keep->accounted_ = 0;
    keep->loop_.remove(*keep);
  });
}

void connection::abort() {
  io_error ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  end();
}

peer_progress connection::progress() {
  return progress_of(socket.native_handle(), !reading_ || held);
}

// ---- output ----

void connection::account() {
  loop_.counters().output_bytes += out.waiting() - accounted_;
  accounted_ = out.waiting();
}

void connection::put(std::string_view bytes) {
  out.append_bytes(with_lawful_close_code(bytes));
  wake();
}

void connection::flush() {
  if (ended_ || write_waiting_) return;
  auto* source = open_ && !closing_ && app_ ? app_->source() : nullptr;
  const auto report = out.flush(socket.native_handle(), source, settings_.flush_bytes_max);
  auto& counters = loop_.counters();
  counters.sends += report.sends;
  counters.bytes_sent += report.bytes;
  account();
  using result = output_buffer::flush_result;
  switch (report.result) {
    case result::failed:
      return end();
    case result::more:
      ++counters.flushes_cut;
      return wake();
    case result::blocked:
      ++counters.sends_short;
      write_waiting_ = true;
      if (app_) app_->on_blocked();
      socket.async_wait(tcp_socket::wait_write, [keep = self()](io_error ec) {
        keep->write_waiting_ = false;
        if (!ec) keep->wake();
      });
      return;
    case result::drained:
      break;
  }
  if (linger_when_sent_) return linger();
  if (std::exchange(again_when_sent_, false)) return read_request();
  if (open_ && !closing_) app_->on_drained();
  if (held && !holds_reads()) let_reads_go();
  input_wanted();
}

// ---- HTTP ----

void connection::read_request() {
  set_deadline(settings_.head_timeout);
  auto& parser = http_->parser.emplace();
  parser.header_limit(static_cast<std::uint32_t>(settings_.head_bytes_max));
  parser.body_limit(settings_.body_bytes_max);
  http::async_read_header(
      http_->stream, http_->buffer, parser,
      [keep = self()](io_error ec, std::size_t bytes) { keep->on_head(ec, bytes); });
}

void connection::on_head(io_error ec, std::size_t bytes) {
  if (ended_) return;
  // The library holds the request line and the fields against the limit each by itself.
  if (!ec && bytes > settings_.head_bytes_max) ec = http::error::header_limit;
  if (ec) return refuse_request(ec);
  const auto& request = http_->parser->get();
  if (request.method() == http::verb::get && is_endpoint(view(request.target())) &&
      websocket::is_upgrade(request))
    return upgrade();
  if (beast::iequals(request[http::field::expect], "100-continue")) {
    out.append_bytes("HTTP/1.1 100 Continue\r\n\r\n");
    wake();
  }
  http::async_read(http_->stream, http_->buffer, *http_->parser,
                   [keep = self()](io_error ec2, std::size_t) { keep->on_request(ec2); });
}

void connection::refuse_request(io_error ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
    return answer(make_problem(431, "Request header fields too large"), false);
  if (ec == http::error::body_limit) return answer(make_problem(413, "Content too large"), false);
  if (ec.category() == make_error_code(http::error::bad_method).category() &&
      ec != http::error::end_of_stream && ec != http::error::partial_message)
    return answer(make_problem(400, "Bad request"), false);
  end();
}

bool connection::is_endpoint(std::string_view target) const {
  const auto path = target.substr(0, target.find('?'));
  if (!settings_.make_application) return false;
  return settings_.paths.empty() ||
         std::find(settings_.paths.begin(), settings_.paths.end(), path) != settings_.paths.end();
}

void connection::on_request(io_error ec) {
  if (ended_) return;
  if (ec) return refuse_request(ec);
  ++loop_.counters().http_requests;
  auto& message = http_->parser->get();
  keep_alive_ = message.keep_alive();
  head_only_ = message.method() == http::verb::head;
  if (is_endpoint(view(message.target()))) {
    auto problem = make_problem(426, "Upgrade required", {}, "This is a WebSocket endpoint");
    problem.fields = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
    return answer(problem, false, head_only_);
  }
  http_request request;
  request.method = std::string(view(message.method_string()));
  request.target = std::string(view(message.target()));
  for (const auto& field : message)
    request.fields.emplace_back(view(field.name_string()), view(field.value()));
  request.body = std::move(message.body());
  request.peer = peer_;
  ask(std::move(request));
}

void connection::ask(http_request request) {
  ++asked_;
  answer_awaited_ = true;
  set_deadline(settings_.answer_timeout);
  if (!settings_.http) return on_answer(asked_, make_problem(404, "Not found"));
  const std::string what = request.method + ' ' + request.target;
  try {
    settings_.http(std::move(request), reply_to_this());
  } catch (const std::exception& e) {
    diagnostics::error("session", what + ": " + e.what());
    on_answer(asked_, make_problem(500, "Internal error", "internal"));
  }
}

// Always by way of the loop, so that the handler may reply from anywhere. The owner is held while
// the reply is handed over, since the loop goes with it.
http_reply connection::reply_to_this() {
  return [weak = weak_from_this(), owner = settings_.owner, &loop = loop_,
          asked = asked_](http_response response) {
    const auto held = owner.lock();
    if (!held) return;
    loop.post([weak, asked, response = std::move(response)] {
      if (const auto to = weak.lock())
        std::static_pointer_cast<connection>(to)->on_answer(asked, response);
    });
  };
}

void connection::on_answer(std::uint64_t asked, const http_response& response) {
  if (ended_ || asked != asked_ || !std::exchange(answer_awaited_, false)) return;
  set_deadline(settings_.head_timeout);  // to take it
  answer(response, keep_alive_, head_only_);
}

void connection::answer(const http_response& response, bool keep_alive, bool head_only) {
  loop_.counters().http_responses.add(response.status);
  out.append_bytes(response_head(response, keep_alive));
  if (!head_only) out.append_bytes(response.body);
  if (keep_alive)
    again_when_sent_ = true;
  else
    linger_when_sent_ = true;
  wake();
}

// ---- upgrade ----

void connection::upgrade() {
  auto request = http_->parser->release();
  const auto offered = view(request[http::field::sec_websocket_protocol]);
  ws_upgrade asked;
  asked.target = std::string(view(request.target()));
  asked.token = token_of_upgrade(view(request[http::field::authorization]), offered);
  // Two of them are none (the standard allows one).
  if (request.count("traceparent") == 1)
    asked.traceparent = trace_context_of(view(request["traceparent"]));
  std::string chosen;
  if (offers_protocol(offered, settings_.protocol)) chosen = settings_.protocol;

  early.assign(static_cast<const char*>(http_->buffer.data().data()), http_->buffer.size());
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

void connection::on_upgraded(io_error ec, const ws_upgrade& asked) {
  if (ended_) return;
  http_.reset();
  if (ec) {  // the library has answered
    linger_when_sent_ = true;
    return wake();
  }
  deadline_ = never_due;
  open_ = true;
  in_.resize(idle_input_bytes);
  app_ = settings_.make_application(*this, asked);
  app_->on_open();
  input_wanted();
}

// ---- messages ----

void connection::read_more() {
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

void connection::on_read(io_error ec, std::size_t bytes) {
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

void connection::deliver() {
  const auto bytes = std::exchange(in_used_, 0);
  reading_ = true;  // whoever asks for more input meanwhile gets it after in_ is its own again
  app_->on_message(ws_->got_binary() ? ws_opcode::binary : ws_opcode::text,
                   std::string_view(in_).substr(0, bytes));
  reading_ = false;
  if (in_.size() <= idle_input_bytes * 8) return;
  in_.resize(idle_input_bytes);
  in_.shrink_to_fit();
}

// ---- the end of the conversation ----

void connection::close(std::uint16_t code, std::string_view reason) {
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

// The library has said and heard what there is; what it wrote may still wait in the buffer.
void connection::on_websocket_end() {
  if (ended_ || linger_when_sent_) return;
  open_ = false;
  closing_ = true;
  linger_when_sent_ = true;
  set_deadline(settings_.close_wait);
  app_.reset();
  wake();
}

// A socket that is closed with unread input resets the connection, and the peer may lose our last
// words: so it says first that nothing follows, and reads until the peer ends too.
void connection::linger() {
  if (std::exchange(lingering_, true)) return;
  set_deadline(settings_.close_wait);
  io_error ec;
  socket.shutdown(tcp_socket::shutdown_send, ec);
  if (ec) return end();
  discard_input();
}

void connection::discard_input() {
  socket.async_wait(tcp_socket::wait_read, [keep = self()](io_error ec) {
    if (ec || keep->ended_) return keep->end();
    if (!discard_readable(keep->socket.native_handle())) return keep->discard_input();
    keep->end();
  });
}

}  // namespace

void serve_connection(event_loop& loop, const ws_settings& settings, int socket, std::string peer) {
  std::make_shared<connection>(loop, settings, std::move(peer))->start(socket);
}

}  // namespace roomlog
