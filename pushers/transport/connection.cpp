// A connection's life, its timer and its output.
#include "pushers/transport/connection.h"

#include <unistd.h>

#include <algorithm>

#include "pushers/transport/connection_http.h"
#include "pushers/transport/socket_facts.h"

namespace roomlog {

using std::chrono::microseconds;

// ---- start, time and end ----

client_connection::client_connection(event_loop& loop, const connection_settings& settings,
                                     accepted_client client)
    : tick_io(loop.asio().io.get_executor()),
      loop_(loop),
      settings_(settings),
      client_(std::move(client)) {}

client_connection::~client_connection() = default;

void client_connection::start() {
  loop_.add(shared_from_this());
  ++loop_.counters().accepted;
  io_error ec;
  socket.assign(asio::ip::tcp::v4(), client_.socket, ec);
  if (ec) {
    ::close(client_.socket);
    return end();
  }
  set_output_options(client_.socket, settings_.kernel_unsent_bytes);
  http_ = std::make_unique<http_side>(*this);
  http_->read_request();
}

void client_connection::set_deadline(std::chrono::milliseconds wait) {
  deadline_ = loop_.now() + wait;
  loop_.call_at(*this, deadline_);
}

void client_connection::on_timer(microseconds now) {
  if (ended_) return;
  if (now >= deadline_) {
    if (parting_) return part();
    return http_ ? http_->on_deadline() : end();
  }
  if (std::exchange(discard_due_, false)) discard_input();
  if (http_ && http_->begin_if_due()) return;
  if (deadline_ != never_due) loop_.call_at(*this, deadline_);
  if (app_ && open_ && !closing_) app_->on_timer();
  if (http_) http_->on_timer();
}

void client_connection::end() {
  if (std::exchange(ended_, true)) return;
  open_ = false;
  closing_ = true;
  send_nothing_past();
  if (http_) http_->forget_request();
  const auto keep = self();
  io_error ignored;
  socket.close(ignored);
  if (client_.place) client_.place->leave();
  // Not from within a call of the application or the library.
  asio::post(loop_.asio().io, [keep] {
    keep->app_.reset();
    keep->loop_.direct().remove(std::exchange(keep->direct_, output_place::none));
    if (keep->http_) keep->http_->end_stream();
    keep->let_reads_go();  // completes with an error, which lets its handler go
    keep->loop_.counters().output_bytes -= keep->accounted_;
    keep->accounted_ = 0;
    keep->loop_.remove(*keep);
  });
}

void client_connection::abort() {
  io_error ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  end();
}

peer_progress client_connection::progress() {
  return progress_of(socket.native_handle(), !reading_ || held);
}

// ---- output ----

void client_connection::account() {
  loop_.counters().output_bytes += out.waiting() - accounted_;
  accounted_ = out.waiting();
}

void client_connection::put(std::string_view bytes) {
  close_put_ = close_put_ || is_close_frame(bytes);
  if (close_put_) send_nothing_past();
  // What answers the peer's close, or its error, may wait; a close of ours says that nothing
  // follows.
  if (close_put_ && !closing_ && app_ && app_->answers_due()) {
    farewell_ = with_lawful_close_code(bytes);
    return;
  }
  out.append_bytes(with_lawful_close_code(bytes));
  wake();
}

void client_connection::flush() {
  if (ended_ || write_waiting_) return;
  auto* source = takes_events() ? app_->source() : nullptr;
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
  if (http_ && http_->on_drained()) return;
  if (linger_when_sent_) return linger();
  loop_.direct().set_idle(direct_, takes_events());
  if (open_ && !closing_) app_->on_drained();
  if (held && !holds_reads()) let_reads_go();
  input_wanted();
}

void serve_connection(event_loop& loop, const connection_settings& settings,
                      accepted_client client) {
  std::make_shared<client_connection>(loop, settings, std::move(client))->start();
}

}  // namespace roomlog
