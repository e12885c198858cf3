#include "pushers/session/session.h"

#include <algorithm>

#include "log/base/hex.h"
#include "schemas/protocol/close_codes.h"

namespace roomlog {

using std::chrono::microseconds;

namespace {

constexpr std::int64_t minute_us = 60'000'000;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

frames::hello_limits limits_told(const client_limits& limits, const client_times& times) {
  return {limits.frame_bytes_max,       times.attempt_ms,         limits.commands_in_flight_max,
          limits.queries_in_flight_max, limits.subscriptions_max, limits.connections_per_user_max};
}

// RFC 6455 has room for 123 bytes.
std::string close_reason(const client_error& error) {
  if (!error.retry_after_ms) return to_string(error.code);
  return "{\"retry_after_ms\":" + std::to_string(*error.retry_after_ms) + '}';
}

}  // namespace

session::session(session_key key, session_context& context, session_env& env, output_buffer& out,
                 moment now)
    : key_(key),
      context_(context),
      env_(env),
      out_(out),
      auth_deadline_(now.steady + context.times.auth),
      alive_(context.times, now.steady) {}

session::~session() {
  end_all_subscriptions();
  context_.counters.commands_in_flight -= in_flight_;
  if (!who_.user.empty()) --context_.counters.sessions;
}

std::string& session::json() {
  context_.json.clear();
  return context_.json;
}

void session::send_json() {
  send_text(context_.json);
}

void session::send_text(std::string_view frame) {
  const auto bound = context_.limits.output_bytes_max;
  const bool was_full = out_.waiting() >= bound;
  out_.append(ws_opcode::text, frame);
  if (!was_full && out_.waiting() >= bound) ++context_.counters.held_for_output;
  env_.wake();
}

void session::refuse(const command_id& id, std::string_view cid, const client_error& error) {
  ++context_.counters.refusals[static_cast<std::size_t>(error.code)];
  frames::error(json(), id, cid, error);
  send_json();
  if (error.code != error_code::rate_limited || ++refused_in_turn_ != refusals_per_turn) return;
  turn_over_ = true;
  turn_due_ = env_.now().steady + refusals_pause;
  ++context_.counters.turns_cut;
}

void session::close(std::uint16_t code, std::string_view reason) {
  if (phase_ == phase::closing) return;
  phase_ = phase::closing;
  backlog_.clear();
  held_.clear();
  asked_.clear();
  open_queries_.clear();
  end_all_subscriptions();
  env_.close(code, reason);
}

void session::on_connected(std::string token, moment now) {
  const auto name = hex_text(key_);
  const auto ping_ms = static_cast<std::uint64_t>(context_.times.ping.count());
  frames::hello(json(), {name, context_.epoch, now.wall, ping_ms,
                         limits_told(context_.limits, context_.times)});
  send_json();
  if (token.empty()) return;
  phase_ = phase::verifying;
  env_.verify_token(std::move(token));
}

void session::on_binary() {
  close(close_codes::text_only, "text frames only");
}

// ---- input ----

// The seqs of acks whose events are still to come count as output: a reader that takes the acks and
// never the events piles them up.
bool session::can_take() const {
  const auto& limits = context_.limits;
  return !turn_over_ && (phase_ == phase::ready || phase_ == phase::waiting_for_token) &&
         in_flight_ < limits.commands_in_flight_max &&
         queries_ + held_.size() < limits.queries_in_flight_max &&
         out_.waiting() + acked_bytes_ < limits.output_bytes_max;
}

bool session::wants_input() const {
  return backlog_.empty() && can_take();
}

void session::on_text(std::string_view message, moment now) {
  if (phase_ == phase::closing) return;
  if (is_blank(message)) return;  // no object, so nothing to answer
  if (backlog_.empty()) return work_off(message, now);
  backlog_.append("\n").append(message);
  resume(now);
}

void session::work_off(std::string_view message, moment now) {
  while (!message.empty() && can_take()) {
    const auto line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
    if (is_blank(line)) continue;
    bytes_in_turn_ += line.size();
    if (++taken_in_turn_ == commands_per_turn || bytes_in_turn_ >= command_bytes_per_turn) {
      turn_over_ = true;
      ++context_.counters.turns_cut;
      env_.next_turn();
    }
    on_object(line, now);
  }
  if (phase_ != phase::closing) backlog_.assign(message);
}

void session::resume(moment now) {
  if (backlog_.empty() || !can_take()) return;
  const auto message = std::move(backlog_);
  backlog_.clear();
  work_off(message, now);
}

void session::on_turn(moment now) {
  if (turn_due_ != never && now.steady < turn_due_) return;
  turn_due_ = never;
  turn_over_ = false;
  refused_in_turn_ = 0;
  taken_in_turn_ = 0;
  bytes_in_turn_ = 0;
  resume(now);
}

// ---- who it is ----

void session::on_token(token_verdict verdict, moment now) {
  if (phase_ != phase::verifying) return;
  phase_ = who_.user.empty() ? phase::waiting_for_token : phase::ready;
  if (const auto* refusal = std::get_if<token_refusal>(&verdict)) {
    refuse(token_id_, {}, refusal->error);
    return close(refusal->close_code, close_reason(refusal->error));
  }
  const auto& who = std::get<principal>(verdict);
  const bool first = who_.user.empty();
  if (first || (who.tenant == who_.tenant && who.user == who_.user))
    become(who, now);
  else
    refuse(
        token_id_, {},
        make_client_error(error_code::token_claims, "The new token is of another user or tenant"));
  resume(now);
}

void session::become(const principal& who, moment now) {
  if (who_.user.empty()) ++context_.counters.sessions;
  who_ = who;
  if (who_.issued.value == 0) who_.issued = now.wall;
  phase_ = phase::ready;
  expiring_said_ = false;
  schedule_token(now);
  frames::authenticated(json(), token_id_, who_);
  send_json();
  token_id_.clear();
}

timestamp session::token_notice_at() const {
  const auto lifetime = who_.expires.value - who_.issued.value;
  return timestamp{who_.expires.value - std::min(minute_us, lifetime / 5)};
}

void session::schedule_token(moment now) {
  token_due_ = never;
  if (who_.expires.value == 0) return;
  const timestamp next = expiring_said_ ? who_.expires : token_notice_at();
  // The wall clock may step: looked at again within a minute.
  const auto wait = std::clamp(next.value - now.wall.value, std::int64_t{0}, minute_us);
  token_due_ = now.steady + microseconds(wait);
}

void session::tick_token(moment now) {
  if (now.steady < token_due_) return;
  if (now.wall >= who_.expires) {
    refuse({}, {}, make_client_error(error_code::token_expired, "The token has expired"));
    return close(close_codes::token_expired, "token expired");
  }
  if (!expiring_said_ && now.wall >= token_notice_at()) {
    expiring_said_ = true;
    frames::token_expiring(json(), who_.expires);
    send_json();
  }
  schedule_token(now);
}

// ---- time ----

void session::tick_liveness(moment now) {
  if (now.steady < alive_.due()) return;
  switch (alive_.on_tick(now.steady, out_.waiting(), env_.progress())) {
    case liveness::action::none:
      return;
    case liveness::action::ping:
      out_.append(ws_opcode::ping, {});
      return env_.wake();
    case liveness::action::dead:
      ++context_.counters.ping_timeouts;
      return close(close_codes::ping_unanswered, "ping unanswered");
    case liveness::action::gone:
      ++context_.counters.ping_timeouts;
      phase_ = phase::closing;
      end_all_subscriptions();
      return env_.abort();
  }
}

void session::on_tick(moment now) {
  if (phase_ == phase::closing) return;
  if (who_.user.empty() && now.steady >= auth_deadline_ && phase_ == phase::waiting_for_token) {
    refuse({}, {}, make_client_error(error_code::unauthorized, "No token came in time"));
    return close(close_codes::no_token, "no token");
  }
  tick_token(now);
  if (phase_ == phase::closing) return;
  if (!held_.empty()) expire_held(now);
  expire_queries(now);
  load_next_page(now);
  if (now.steady >= turn_due_) on_turn(now);
  tick_liveness(now);
}

microseconds session::due() const {
  auto due = std::min({alive_.due(), token_due_, turn_due_});
  if (who_.user.empty()) due = std::min(due, auth_deadline_);
  for (const auto& held : held_) due = std::min(due, held.deadline);
  for (const auto& query : open_queries_) due = std::min(due, query.deadline);
  if (!behind_.empty() && !page_open_ && out_.waiting() == 0) due = std::min(due, page_retry_);
  return due;
}

void session::on_drain(std::chrono::milliseconds after) {
  if (phase_ == phase::closing) return;
  frames::drain(json(), static_cast<std::uint64_t>(after.count()));
  send_json();
}

}  // namespace roomlog
