#include "pushers/transport/connection_http.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "log/base/diagnostics.h"
#include "pushers/transport/client_address.h"
#include "pushers/transport/socket_facts.h"

namespace roomlog {

namespace {

http_response overloaded() {
  auto why = make_client_error(error_code::overloaded, "The server has too many connections");
  why.retry_after_ms = 1'000;
  return make_problem(why);
}

}  // namespace

// ---- the head ----

void http_side::read_request() {
  const bool served = !client_.place || client_.place->served();
  connection_.set_deadline(served ? settings_.head_timeout : settings_.close_wait);
  heads_.begin();
  has_body_ = false;
  parse_head();
}

void http_side::read_more_of_head() {
  const auto room = heads_.room();
  if (room.size() == 0) return refuse_head();
  stream_.async_read_some(room, [this, keep = connection_.self()](io_error ec, std::size_t bytes) {
    if (keep->has_ended()) return;
    if (ec) return keep->end();
    heads_.commit(bytes);
    parse_head();
  });
}

void http_side::parse_head() {
  switch (heads_.parse()) {
    case head_parser::state::incomplete:
      return read_more_of_head();
    case head_parser::state::refused:
      return refuse_head();
    case head_parser::state::whole:
      return on_head();
  }
}

void http_side::refuse_head() {
  after_answer_ = persistence::none;
  head_only_ = false;
  answer(heads_.refusal());
}

// ---- the request ----

void http_side::on_head() {
  const auto head = heads_.head();
  auto verdict = judge_head(head);
  if (heads_.is_folded() && verdict.refused == 0) {
    verdict.refused = 400;
    verdict.why = "A field must not go on in the next line";
  }
  const bool endpoint = verdict.refused == 0 && is_endpoint(path_of(verdict.target));
  const auto no_upgrade = endpoint ? judge_upgrade(head, verdict) : std::nullopt;
  const bool room = has_room(head);
  if (endpoint && !no_upgrade) return connection_.upgrade(head, std::move(verdict.target), room);
  ++loop_.counters().http_requests;
  after_answer_ = room && verdict.refused == 0 && !endpoint ? verdict.after : persistence::none;
  head_only_ = head.method == "HEAD";
  chunks_known_ = head.version >= 11;
  has_body_ = verdict.has_body;
  if (verdict.refused != 0) return answer(make_problem(verdict.refused, {}, verdict.why));
  if (!room) return answer(overloaded());
  if (no_upgrade) return answer(*no_upgrade);
  http_request request;
  request.method = head.method;
  request.target = std::move(verdict.target);
  for (const auto& [name, value] : head.fields) request.fields.emplace_back(name, value);
  request.has_body = verdict.has_body;
  request.gone = gone_ = std::make_shared<std::atomic<bool>>(false);
  ask(std::move(request));
}

// Behind a proxy the address is known only now; another request may come from another one.
bool http_side::has_room(const request_head& head) {
  if (!client_.place) return true;
  if (!client_.place->served()) return false;
  if (!is_within(client_.peer, settings_.trusted_proxies)) return true;
  const auto x_forwarded_for = whole_list(head, "X-Forwarded-For");
  const auto forwarded = whole_list(head, "Forwarded");
  return client_.place->come_from(
      client_address_of(client_.peer, {x_forwarded_for, forwarded}, settings_.trusted_proxies));
}

bool http_side::is_endpoint(std::string_view path) const {
  if (!settings_.make_application) return false;
  return settings_.paths.empty() ||
         std::find(settings_.paths.begin(), settings_.paths.end(), path) != settings_.paths.end();
}

void http_side::ask(http_request request) {
  ++asked_;
  answer_awaited_ = true;
  connection_.set_deadline(settings_.answer_timeout);
  if (!settings_.http) return on_answer(asked_, make_problem(404));
  const std::string what = request.method + ' ' + request.target;
  try {
    settings_.http(std::move(request), reply_to_this());
  } catch (const std::exception& e) {
    diagnostics::error("session", what + ": " + e.what());
    on_answer(asked_, make_problem(500, "internal"));
  }
  watch_for_reset();
}

// A peer that only ended its own side may still read the answer; one that has reset the connection
// does not, and what it asked for is not read.
void http_side::watch_for_reset() {
  if (connection_.has_ended() || !answer_awaited_ || std::exchange(watched_, true)) return;
  connection_.socket.async_wait(tcp_socket::wait_error, [keep = connection_.self()](io_error ec) {
    if (auto* http = keep->http()) http->on_error_state(ec);
  });
}

void http_side::on_error_state(io_error ec) {
  watched_ = false;
  if (ec || connection_.has_ended()) return;
  if (!answer_awaited_ && !streamed_) return;  // whoever reads sees it
  if (is_reset(connection_.socket.native_handle())) connection_.end();
}

// ---- the answer ----

// Always by way of the loop, so that the handler may reply from anywhere. The owner is held while
// the reply is handed over, since the loop goes with it.
http_reply http_side::reply_to_this() {
  return [weak = std::weak_ptr(connection_.self()), owner = settings_.owner, &loop = loop_,
          asked = asked_](http_response response) {
    const auto held = owner.lock();
    if (!held) return;
    loop.post([weak, asked, response = std::move(response)] {
      const auto to = weak.lock();
      if (to && to->http() != nullptr) to->http()->on_answer(asked, response);
    });
  };
}

void http_side::on_answer(std::uint64_t asked, const http_response& response) {
  if (connection_.has_ended() || asked != asked_ || !std::exchange(answer_awaited_, false)) return;
  connection_.set_deadline(settings_.head_timeout);  // to take it
  answer(response);
}

void http_side::answer(const http_response& response) {
  if (response.stream) return start_stream(response);
  loop_.counters().http_responses.add(response.status);
  slow_down_ = response.status == 429;
  connection_.out.append_bytes(response_head(response, after_answer_));
  if (!head_only_) connection_.out.append_bytes(response.body);
  if (after_answer_ == persistence::none)
    connection_.end_when_sent();
  else
    again_when_sent_ = true;
  connection_.wake();
}

// ---- time and output ----

void http_side::on_deadline() {
  if (streamed_) return end_stalled_stream();
  if (answer_awaited_)
    return on_answer(asked_, make_problem(make_client_error(error_code::unavailable,
                                                            "There was no answer in time")));
  if (!connection_.ends_when_sent()) ++loop_.counters().http_timeouts;
  connection_.end();
}

bool http_side::begin_if_due() {
  if (!std::exchange(request_due_, false)) return false;
  read_request();
  return true;
}

bool http_side::on_drained() {
  if (streamed_) {
    pump_stream();
    return true;
  }
  if (connection_.ends_when_sent() || !std::exchange(again_when_sent_, false)) return false;
  if (std::exchange(slow_down_, false)) {
    request_due_ = true;
    connection_.call_at(loop_.now());
  } else {
    read_request();
  }
  return true;
}

// ---- an answer that is streamed ----

void http_side::start_stream(const http_response& response) {
  std::unique_ptr<http_stream> made;
  try {
    if (!head_only_) made = response.stream(connection_);
  } catch (const std::exception& e) {
    diagnostics::error("http", std::string("a streamed answer does not begin: ") + e.what());
    return answer(make_problem(500, "internal"));
  }
  loop_.counters().http_responses.add(response.status);
  slow_down_ = false;
  const auto framing = chunks_known_ ? body_framing::chunked : body_framing::until_close;
  if (!chunks_known_) after_answer_ = persistence::none;
  connection_.out.append_bytes(response_head(response, after_answer_, framing));
  again_when_sent_ = after_answer_ != persistence::none;
  if (!again_when_sent_) connection_.end_when_sent();
  if (made) {
    streamed_ = std::make_unique<streamed_answer>(std::move(made), framing);
    ++loop_.counters().http_streams;
    connection_.set_deadline(settings_.stall_timeout);
  }
  connection_.wake();
}

// Everything before is with the kernel.
void http_side::pump_stream() {
  const auto state = streamed_->produce_into(connection_.out, settings_.flush_bytes_max);
  if (connection_.has_ended()) return;  // cut from within
  connection_.account();
  if (state == stream_state::broken) {
    // What was sent is less than the whole; the end of the connection must not say that it is all.
    if (!streamed_->tells_its_end()) return connection_.abort();
    connection_.end_when_sent();
    again_when_sent_ = false;
  }
  if (state == stream_state::ended || state == stream_state::broken) {
    end_stream();
    connection_.set_deadline(settings_.head_timeout);  // to take the rest
  } else if (connection_.out.waiting() == 0) {
    return;
  }
  connection_.wake();
}

void http_side::end_stream() {
  if (!std::exchange(streamed_, nullptr)) return;
  --loop_.counters().http_streams;
}

// A peer that takes a little now and then is slow, and is served for as long as it takes.
void http_side::end_stalled_stream() {
  const auto peer = progress_of(connection_.socket.native_handle(), false);
  const bool waits = connection_.out.waiting() != 0 || peer.unacknowledged != 0;
  if (waits && peer.since_ack >= settings_.stall_timeout) return connection_.end();
  connection_.set_deadline(settings_.stall_timeout);
  streamed_->on_timer();
}

void turn_away(int socket) {
  const auto told = overloaded();
  const auto bytes = response_head(told, persistence::none) + told.body;
  (void)::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  (void)::shutdown(socket, SHUT_WR);
  // What is unread when a socket is closed resets the connection, and the answer may be lost.
  (void)discard_readable(socket);
  ::close(socket);
}

}  // namespace roomlog
