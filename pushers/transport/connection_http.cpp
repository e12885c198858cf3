// A connection's plain HTTP: requests are read one at a time and answered in their order.
#include <algorithm>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "log/diagnostics.h"
#include "pushers/transport/connection.h"

namespace roomlog {

void client_connection::read_request() {
  set_deadline(settings_.head_timeout);
  auto& parser = http_->parser.emplace();
  parser.header_limit(static_cast<std::uint32_t>(settings_.head_bytes_max));
  parser.body_limit(settings_.body_bytes_max);
  http::async_read_header(
      http_->stream, http_->buffer, parser,
      [keep = self()](io_error ec, std::size_t bytes) { keep->on_head(ec, bytes); });
}

void client_connection::on_head(io_error ec, std::size_t bytes) {
  if (ended_) return;
  // The library holds the request line and the fields against the limit each by itself.
  if (!ec && bytes > settings_.head_bytes_max) ec = http::error::header_limit;
  if (ec) return refuse_request(ec);
  const auto& request = http_->parser->get();
  if (request.method() == http::verb::get && is_endpoint(as_text_view(request.target())) &&
      websocket::is_upgrade(request))
    return upgrade();
  if (beast::iequals(request[http::field::expect], "100-continue")) {
    out.append_bytes("HTTP/1.1 100 Continue\r\n\r\n");
    wake();
  }
  http::async_read(http_->stream, http_->buffer, *http_->parser,
                   [keep = self()](io_error ec2, std::size_t) { keep->on_request(ec2); });
}

void client_connection::refuse_request(io_error ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
    return answer(make_problem(431), false);
  if (ec == http::error::body_limit) return answer(make_problem(413), false);
  if (ec.category() == make_error_code(http::error::bad_method).category() &&
      ec != http::error::end_of_stream && ec != http::error::partial_message)
    return answer(make_problem(400), false);
  end();
}

bool client_connection::is_endpoint(std::string_view target) const {
  const auto path = target.substr(0, target.find('?'));
  if (!settings_.make_application) return false;
  return settings_.paths.empty() ||
         std::find(settings_.paths.begin(), settings_.paths.end(), path) != settings_.paths.end();
}

void client_connection::on_request(io_error ec) {
  if (ended_) return;
  if (ec) return refuse_request(ec);
  ++loop_.counters().http_requests;
  auto& message = http_->parser->get();
  keep_alive_ = message.keep_alive();
  head_only_ = message.method() == http::verb::head;
  if (is_endpoint(as_text_view(message.target()))) {
    auto problem = make_problem(426, {}, "This is a WebSocket endpoint");
    problem.fields = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
    return answer(problem, false, head_only_);
  }
  http_request request;
  request.method = std::string(as_text_view(message.method_string()));
  request.target = std::string(as_text_view(message.target()));
  for (const auto& field : message)
    request.fields.emplace_back(as_text_view(field.name_string()), as_text_view(field.value()));
  request.body = std::move(message.body());
  request.peer = peer_;
  ask(std::move(request));
}

void client_connection::ask(http_request request) {
  ++asked_;
  answer_awaited_ = true;
  set_deadline(settings_.answer_timeout);
  if (!settings_.http) return on_answer(asked_, make_problem(404));
  const std::string what = request.method + ' ' + request.target;
  try {
    settings_.http(std::move(request), reply_to_this());
  } catch (const std::exception& e) {
    diagnostics::error("session", what + ": " + e.what());
    on_answer(asked_, make_problem(500, "internal"));
  }
}

// Always by way of the loop, so that the handler may reply from anywhere. The owner is held while
// the reply is handed over, since the loop goes with it.
http_reply client_connection::reply_to_this() {
  return [weak = weak_from_this(), owner = settings_.owner, &loop = loop_,
          asked = asked_](http_response response) {
    const auto held = owner.lock();
    if (!held) return;
    loop.post([weak, asked, response = std::move(response)] {
      if (const auto to = weak.lock())
        std::static_pointer_cast<client_connection>(to)->on_answer(asked, response);
    });
  };
}

void client_connection::on_answer(std::uint64_t asked, const http_response& response) {
  if (ended_ || asked != asked_ || !std::exchange(answer_awaited_, false)) return;
  set_deadline(settings_.head_timeout);  // to take it
  answer(response, keep_alive_, head_only_);
}

void client_connection::answer(const http_response& response, bool keep_alive, bool head_only) {
  loop_.counters().http_responses.add(response.status);
  out.append_bytes(response_head(response, keep_alive));
  if (!head_only) out.append_bytes(response.body);
  if (keep_alive)
    again_when_sent_ = true;
  else
    linger_when_sent_ = true;
  wake();
}

}  // namespace roomlog
