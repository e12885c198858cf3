#include "pushers/session/session_commands.h"

#include <utility>

#include "pushers/session/read_starter.h"
#include "schemas/protocol/close_codes.h"
#include "schemas/protocol/command_parser.h"
#include "schemas/protocol/frames.h"

namespace roomlog {

namespace {

// Bad frames are those that contain no known command. A known command with an invalid field, or one
// that is not served here, does not count as a bad frame.
bool is_bad_frame(const command_refusal& refusal) {
  const auto code = refusal.error.code;
  return code == error_code::bad_json || (code == error_code::unknown_type && !refusal.of_protocol);
}

std::string_view cid_of(const command& what) {
  const auto* made = std::get_if<event_command>(&what);
  return made == nullptr ? std::string_view{} : std::string_view(made->cid);
}

}  // namespace

std::optional<session_end> session_commands::take(std::string_view json) {
  auto& context = session_.context();
  ++context.counters.commands;
  auto parsed = parse_command(json, context.limits.command);
  if (auto* what = std::get_if<command>(&parsed)) {
    session_.bad_frames = 0;
    dispatch(*what);
    return std::nullopt;
  }
  const auto& refusal = std::get<command_refusal>(parsed);
  session_.replies.refuse(refusal.id, refusal.error, refusal.cid);
  session_.bad_frames = is_bad_frame(refusal) ? session_.bad_frames + 1 : 0;
  if (session_.bad_frames < context.limits.bad_frames_max) return std::nullopt;
  return session_end{close_codes::bad_frames, "too many bad frames"};
}

void session_commands::dispatch(command& what) {
  if (!session_.identity.is_known() && !std::holds_alternative<auth_command>(what)) {
    const auto& id = std::visit([](const auto& any) -> const command_id& { return any.id; }, what);
    return session_.replies.refuse(
        id, make_client_error(error_code::unauthorized, "Authenticate first"), cid_of(what));
  }
  std::visit([this](auto& any) { run(any); }, what);
}

void session_commands::run(auth_command& what) {
  if (session_.identity.is_known())
    return session_.replies.refuse(
        what.id, make_client_error(error_code::invalid_field,
                                   "Already authenticated; a new token comes with refresh"));
  session_.identity.begin(std::move(what.id));
  session_.env.verify_token(std::move(what.token));
}

void session_commands::run(refresh_command& what) {
  session_.identity.begin(std::move(what.id));
  session_.env.verify_token(std::move(what.token));
}

void session_commands::run(ping_command& what) {
  frames::pong(session_.replies.json(), what.id);
  session_.replies.send();
}

void session_commands::run(options_command& what) {
  if (what.echo) session_.echo = *what.echo;
  if (session_.echo) session_.events.forget_acked();
  say_ok(what.id);
}

template <is_read Read>
void session_commands::run(Read& what) {
  read_starter(session_).take(std::move(what), now_);
}

void session_commands::run(unsubscribe_command& what) {
  read_starter(session_).replace_subscribe(what.room);
  session_.events.end(session_.room_key(what.room));
  say_ok(what.id);
}

void session_commands::run(event_command& what) {
  auto& context = session_.context();
  addressed_outcome answer_now;
  answer_now.id = what.id;
  answer_now.room = what.room;
  answer_now.cid = what.cid;
  session_.undecided.add(what.room);
  ++context.counters.commands_in_flight;
  if (session_.undecided.count() == context.limits.commands_in_flight_max)
    ++context.counters.held_for_commands;
  auto outcome = session_.env.submit(session_.who(), std::move(what));
  if (!outcome) return;
  answer_now.outcome = std::move(*outcome);
  answer(answer_now);
}

void session_commands::answer(const addressed_outcome& outcome) {
  session_.undecided.remove(outcome.room);
  --session_.context().counters.commands_in_flight;
  auto& replies = session_.replies;
  if (const auto* error = std::get_if<client_error>(&outcome.outcome))
    return replies.refuse(outcome.id, *error, outcome.cid);
  const auto& ack = std::get<command_ack>(outcome.outcome);
  // It stands for the event: this connection gets no push of that.
  if (!session_.echo && session_.events.count() != 0)
    session_.events.note_acked(session_.room_key(ack.room), ack.seq);
  frames::ack(replies.json(), outcome.id, ack);
  replies.send();
}

void session_commands::say_ok(const command_id& id) {
  if (id.empty()) return;
  frames::ok(session_.replies.json(), id);
  session_.replies.send();
}

}  // namespace roomlog
