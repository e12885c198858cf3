// A connection's plain HTTP: requests are read one at a time and answered in their order, from
// their heads alone.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "log/base/diagnostics.h"
#include "pushers/transport/client_address.h"
#include "pushers/transport/connection.h"
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

void client_connection::read_request() {
  const bool served = !client_.place || client_.place->served();
  set_deadline(served ? settings_.head_timeout : settings_.close_wait);
  http_->heads.begin();
  has_body_ = false;
  parse_head();
}

void client_connection::read_more_of_head() {
  const auto room = http_->heads.room();
  if (room.size() == 0) return refuse_head();
  http_->stream.async_read_some(room, [keep = self()](io_error ec, std::size_t bytes) {
    if (keep->ended_) return;
    if (ec) return keep->end();
    keep->http_->heads.commit(bytes);
    keep->parse_head();
  });
}

void client_connection::parse_head() {
  switch (http_->heads.parse()) {
    case head_parser::state::incomplete:
      return read_more_of_head();
    case head_parser::state::refused:
      return refuse_head();
    case head_parser::state::whole:
      return on_head();
  }
}

void client_connection::refuse_head() {
  after_answer_ = persistence::none;
  head_only_ = false;
  answer(http_->heads.refusal());
}

// ---- the request ----

void client_connection::on_head() {
  const auto head = http_->heads.head();
  auto verdict = judge_head(head);
  if (http_->heads.is_folded() && verdict.refused == 0) {
    verdict.refused = 400;
    verdict.why = "A field must not go on in the next line";
  }
  const bool endpoint = verdict.refused == 0 && is_endpoint(path_of(verdict.target));
  const auto no_upgrade = endpoint ? judge_upgrade(head, verdict) : std::nullopt;
  const bool room = has_room(head);
  if (endpoint && !no_upgrade) return upgrade(head, std::move(verdict.target), room);
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
bool client_connection::has_room(const request_head& head) {
  if (!client_.place) return true;
  if (!client_.place->served()) return false;
  if (!is_within(client_.peer, settings_.trusted_proxies)) return true;
  const auto x_forwarded_for = whole_list(head, "X-Forwarded-For");
  const auto forwarded = whole_list(head, "Forwarded");
  return client_.place->come_from(
      client_address_of(client_.peer, {x_forwarded_for, forwarded}, settings_.trusted_proxies));
}

bool client_connection::is_endpoint(std::string_view path) const {
  if (!settings_.make_application) return false;
  return settings_.paths.empty() ||
         std::find(settings_.paths.begin(), settings_.paths.end(), path) != settings_.paths.end();
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
  watch_for_reset();
}

// A peer that only ended its own side may still read the answer; one that has reset the connection
// does not, and what it asked for is not read.
void client_connection::watch_for_reset() {
  if (ended_ || !answer_awaited_ || std::exchange(watched_, true)) return;
  socket.async_wait(tcp_socket::wait_error, [keep = self()](io_error ec) {
    keep->watched_ = false;
    if (ec || keep->ended_) return;
    if (!keep->answer_awaited_ && !keep->stream_) return;  // whoever reads sees it
    if (is_reset(keep->socket.native_handle())) keep->end();
  });
}

// ---- the answer ----

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
  answer(response);
}

void client_connection::answer(const http_response& response) {
  if (response.stream) return start_stream(response);
  loop_.counters().http_responses.add(response.status);
  slow_down_ = response.status == 429;
  out.append_bytes(response_head(response, after_answer_));
  if (!head_only_) out.append_bytes(response.body);
  if (after_answer_ == persistence::none)
    linger_when_sent_ = true;
  else
    again_when_sent_ = true;
  wake();
}

// ---- an answer that is streamed ----

void client_connection::start_stream(const http_response& response) {
  std::unique_ptr<http_stream> made;
  try {
    if (!head_only_) made = response.stream(*this);
  } catch (const std::exception& e) {
    diagnostics::error("http", std::string("a streamed answer does not begin: ") + e.what());
    return answer(make_problem(500, "internal"));
  }
  loop_.counters().http_responses.add(response.status);
  slow_down_ = false;
  const auto framing = chunks_known_ ? body_framing::chunked : body_framing::until_close;
  if (!chunks_known_) after_answer_ = persistence::none;
  out.append_bytes(response_head(response, after_answer_, framing));
  linger_when_sent_ = after_answer_ == persistence::none;
  again_when_sent_ = !linger_when_sent_;
  if (made) {
    stream_ = std::make_unique<streamed_answer>(std::move(made), framing);
    ++loop_.counters().http_streams;
    set_deadline(settings_.stall_timeout);
  }
  wake();
}

// Everything before is with the kernel.
void client_connection::pump_stream() {
  const auto state = stream_->produce_into(out, settings_.flush_bytes_max);
  if (ended_) return;  // cut from within
  account();
  if (state == stream_state::broken) {
    // What was sent is less than the whole; the end of the connection must not say that it is all.
    if (!stream_->tells_its_end()) return abort();
    linger_when_sent_ = true;
    again_when_sent_ = false;
  }
  if (state == stream_state::ended || state == stream_state::broken) {
    end_stream();
    set_deadline(settings_.head_timeout);  // to take the rest
  } else if (out.waiting() == 0) {
    return;
  }
  wake();
}

void client_connection::end_stream() {
  if (!std::exchange(stream_, nullptr)) return;
  --loop_.counters().http_streams;
}

// A peer that takes a little now and then is slow, and is served for as long as it takes.
void client_connection::end_stalled_stream() {
  const auto peer = progress_of(socket.native_handle(), false);
  const bool waits = out.waiting() != 0 || peer.unacknowledged != 0;
  if (waits && peer.since_ack >= settings_.stall_timeout) return end();
  set_deadline(settings_.stall_timeout);
  stream_->on_timer();
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
