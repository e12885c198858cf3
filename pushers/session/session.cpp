#include "pushers/session/session.h"

#include <algorithm>

#include "log/base/hex.h"
#include "pushers/session/read_starter.h"
#include "pushers/session/session_commands.h"
#include "schemas/protocol/close_codes.h"
#include "schemas/protocol/frames.h"

namespace roomlog {

namespace {

frames::hello_limits limits_told(const client_limits& limits, const client_times& times) {
  return {limits.frame_bytes_max,       times.attempt_ms,         limits.commands_in_flight_max,
          limits.queries_in_flight_max, limits.subscriptions_max, limits.connections_per_user_max};
}

}  // namespace

session::session(session_context& context, session_env& env, output_buffer& out, moment now)
    : parts_(context, env, out, now), alive_(now.steady) {}

session::~session() {
  parts_.context().counters.commands_in_flight -= parts_.undecided.count();
}

void session::on_connected(session_key key, std::string token, moment now) {
  const auto& context = parts_.context();
  const auto name = hex_text(key);
  const auto ping_ms = static_cast<std::uint64_t>(context.times.ping.count());
  frames::hello(parts_.replies.json(),
                {name, context.epoch, now.wall, ping_ms, limits_told(context.limits, context.times),
                 context.limits.command.features});
  parts_.replies.send();
  if (token.empty()) return;
  parts_.identity.begin({});
  parts_.env.verify_token(std::move(token));
}

void session::on_binary() {
  close({close_codes::text_only, "text frames only"});
}

void session::forget_everything() {
  parts_.closing = true;
  (void)turns_.take_kept();  // it is not answered any more
  parts_.held.clear();
  parts_.queries.clear();
  parts_.events.end_all();
}

void session::close(const session_end& end) {
  if (parts_.closing) return;
  forget_everything();
  parts_.env.close(end.code, end.reason);
}

// ---- input ----

// The seqs of acks whose events are still to come count as output: a reader that takes the acks and
// never the events piles them up.
bool session::can_take() const {
  const auto& limits = parts_.context().limits;
  return !parts_.closing && !turns_.over() && !parts_.replies.pauses() &&
         !parts_.identity.is_verifying() &&
         parts_.undecided.count() < limits.commands_in_flight_max &&
         parts_.queries.open() + parts_.held.count() < limits.queries_in_flight_max &&
         parts_.replies.waiting() + parts_.events.acked_bytes() < limits.output_bytes_max;
}

void session::on_text(std::string_view message, moment now) {
  if (parts_.closing) return;
  if (is_blank(message)) return;  // no object, so nothing to answer
  if (!turns_.keeps_message()) return work_off(message, now);
  turns_.add(message);
  resume(now);
}

void session::work_off(std::string_view message, moment now) {
  while (!message.empty() && can_take()) {
    const auto line = turns_.take(message);
    if (line.empty()) continue;
    if (turns_.over()) {
      ++parts_.context().counters.turns_cut;
      parts_.env.next_turn();
    }
    if (const auto end = session_commands(parts_, now).take(line)) close(*end);
  }
  if (!parts_.closing) turns_.keep(message);
}

// A client may have made another attempt since it sent what arrives now, and that one may have been
// refused for good: what is older than an attempt lives is not taken.
bool session::end_overslept(moment now) {
  const auto& times = parts_.context().times;
  if (now.steady <= alive_.due(times) + times.input_age_max) return false;
  close({close_codes::ping_unanswered, "the server did not run for a while; send again"});
  return true;
}

void session::on_heard(moment now) {
  if (parts_.closing || end_overslept(now)) return;
  alive_.on_heard(now.steady);
}

void session::resume(moment now) {
  if (!turns_.keeps_message() || !can_take() || end_overslept(now)) return;
  const auto message = turns_.take_kept();
  work_off(message, now);
}

// ---- what others say ----

void session::on_token(token_answer verdict, moment now) {
  if (parts_.closing) return;
  if (const auto end = parts_.identity.on_token(std::move(verdict), now)) return close(*end);
  resume(now);
}

void session::on_outcome(const addressed_outcome& outcome, moment now) {
  if (parts_.closing || parts_.undecided.count() == 0) return;
  session_commands(parts_, now).answer(outcome);
  retry_held(now);
}

void session::on_answer(const session_answer& answer, moment now) {
  if (parts_.closing) return;
  std::visit([&](const auto& any) { take(any, now); }, answer);
}

void session::take(const loaded_page& page, moment now) {
  parts_.events.on_page(page, now);
  parts_.queries.run_waiting();
}

void session::take(const query_answer& answer, moment now) {
  parts_.queries.on_answer(answer);
  resume(now);
}

void session::take(const found_cursor& found, moment now) {
  parts_.held.on_cursor(found);
  retry_held(now);
}

void session::take(const level_reached& level, moment now) {
  parts_.held.on_level(level.ticket);
  retry_held(now);
}

void session::take(const turn_begins&, moment now) {
  if (parts_.replies.pauses() && now.steady < parts_.replies.pause_ends()) return;
  parts_.replies.begin_turn();
  turns_.begin();
  resume(now);
}

void session::retry_held(moment now) {
  read_starter(parts_).retry();
  resume(now);
}

void session::on_drain(std::chrono::milliseconds after) {
  if (parts_.closing) return;
  frames::drain(parts_.replies.json(), static_cast<std::uint64_t>(after.count()));
  parts_.replies.send();
}

// ---- output ----

void session::prepare() {
  parts_.queries.run_waiting();
  parts_.events.prepare();
  if (!parts_.spare.empty()) parts_.spare.run(parts_.replies, parts_.events.sends());
}

void session::on_drained(moment now) {
  resume(now);
  if (!parts_.closing) parts_.events.load_next_page(now);
}

// ---- time ----

void session::tick_liveness(moment now) {
  const auto& times = parts_.context().times;
  if (now.steady < alive_.due(times)) return;
  switch (alive_.on_tick(times, now.steady, parts_.replies.waiting(), parts_.env.progress())) {
    case liveness::action::none:
      return;
    case liveness::action::ping:
      return parts_.replies.ping();
    case liveness::action::dead:
      ++parts_.context().counters.ping_timeouts;
      return close({close_codes::ping_unanswered, "ping unanswered"});
    case liveness::action::gone:
      ++parts_.context().counters.ping_timeouts;
      forget_everything();
      return parts_.env.abort();
  }
}

void session::on_tick(moment now) {
  if (parts_.closing || end_overslept(now)) return;
  if (const auto end = parts_.identity.on_tick(now)) return close(*end);
  if (parts_.held.count() != 0) read_starter(parts_).expire(now);
  parts_.queries.expire(now);
  resume(now);
  if (parts_.closing) return;
  parts_.events.load_next_page(now);
  if (now.steady >= parts_.replies.pause_ends()) take(turn_begins{}, now);
  tick_liveness(now);
}

std::chrono::microseconds session::due() const {
  return std::min({alive_.due(parts_.context().times), parts_.identity.due(),
                   parts_.replies.pause_ends(), parts_.held.due(), parts_.queries.due(),
                   parts_.events.due()});
}

}  // namespace roomlog
