// The commands of a session that are done with at once, and those that go to the port.
#include <algorithm>

#include "pushers/queries/read_errors.h"
#include "pushers/session/session.h"
#include "schemas/protocol/close_codes.h"
#include "schemas/protocol/command_parser.h"

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

void session::on_object(std::string_view json, moment now) {
  ++context_.counters.commands;
  auto parsed = parse_command(json, context_.limits.command);
  if (auto* what = std::get_if<command>(&parsed)) {
    bad_frames_ = 0;
    return dispatch(*what, now);
  }
  const auto& refusal = std::get<command_refusal>(parsed);
  refuse(refusal.id, refusal.cid, refusal.error);
  if (!is_bad_frame(refusal)) {
    bad_frames_ = 0;
  } else if (++bad_frames_ >= context_.limits.bad_frames_max) {
    close(close_codes::bad_frames, "too many bad frames");
  }
}

void session::dispatch(command& what, moment now) {
  if (phase_ == phase::waiting_for_token && !std::holds_alternative<auth_command>(what)) {
    const auto id = std::visit([](const auto& any) { return any.id; }, what);
    return refuse(id, cid_of(what),
                  make_client_error(error_code::unauthorized, "Authenticate first"));
  }
  std::visit([&](auto& any) { run(any, now); }, what);
}

void session::run(auth_command& what, moment) {
  if (phase_ == phase::ready)
    return refuse(what.id, {},
                  make_client_error(error_code::invalid_field,
                                    "Already authenticated; a new token comes with refresh"));
  phase_ = phase::verifying;
  token_id_ = what.id;
  env_.verify_token(std::move(what.token));
}

void session::run(refresh_command& what, moment) {
  phase_ = phase::verifying;
  token_id_ = what.id;
  env_.verify_token(std::move(what.token));
}

void session::run(ping_command& what, moment) {
  frames::pong(json(), what.id);
  send_json();
}

void session::run(options_command& what, moment) {
  if (what.echo) echo_ = *what.echo;
  if (echo_) {
    for (auto& sub : subscriptions_) sub->acked = {};
    acked_bytes_ = 0;
  }
  if (what.id.empty()) return;
  frames::ok(json(), what.id);
  send_json();
}

void session::run(unsubscribe_command& what, moment) {
  replace_held_subscribe(what.room);
  if (auto* sub = find_subscription(room_key(what.room))) end_subscription(*sub);
  if (what.id.empty()) return;
  frames::ok(json(), what.id);
  send_json();
}

void session::run(event_command& what, moment) {
  addressed_outcome answer;
  answer.id = what.id;
  answer.room = what.room;
  answer.cid = what.cid;
  if (++in_flight_ == context_.limits.commands_in_flight_max) ++context_.counters.held_for_commands;
  ++context_.counters.commands_in_flight;
  undecided_.push_back(what.room);
  auto outcome = env_.submit(who_, std::move(what));
  if (!outcome) return;
  answer.outcome = std::move(*outcome);
  answered(answer);
}

void session::answered(const addressed_outcome& answer) {
  --in_flight_;
  --context_.counters.commands_in_flight;
  auto waited = std::find(undecided_.begin(), undecided_.end(), answer.room);
  // A direct room has no name before it is asked for.
  if (waited == undecided_.end()) waited = std::find(undecided_.begin(), undecided_.end(), "");
  if (waited != undecided_.end()) undecided_.erase(waited);
  if (const auto* error = std::get_if<client_error>(&answer.outcome))
    return refuse(answer.id, answer.cid, *error);
  const auto& ack = std::get<command_ack>(answer.outcome);
  note_acked(ack);
  frames::ack(json(), answer.id, ack);
  send_json();
}

// An ack stands for the event: this connection gets no push of it.
void session::note_acked(const command_ack& ack) {
  if (echo_ || subscriptions_.empty()) return;
  auto* sub = find_subscription(room_key(ack.room));
  if (sub == nullptr || ack.seq < sub->next) return;
  const auto before = sub->acked.bytes();
  sub->acked.add(ack.seq);
  acked_bytes_ += sub->acked.bytes() - before;
}

void session::on_outcome(const addressed_outcome& answer, moment now) {
  if (phase_ == phase::closing || in_flight_ == 0) return;
  answered(answer);
  retry_held(now);
  resume(now);
}

void session::ask(view_query query) {
  ++queries_;
  asked_.push_back(std::move(query));
  run_asked();
  if (!asked_.empty()) ++context_.counters.queries_waited;
}

void session::run_asked() {
  while (!asked_.empty() && has_room_for_page()) {
    auto query = std::move(asked_.front());
    asked_.erase(asked_.begin());
    query.ticket = ++last_ticket_;
    query.deadline = env_.now().steady + context_.times.fold_wait;
    const auto id = std::visit([](const auto& what) { return what.id; }, query.what);
    open_queries_.push_back({query.ticket, id, query.deadline});
    if (env_.run_query(std::move(query))) continue;
    open_queries_.pop_back();
    --queries_;
    refuse(id, {}, too_many_reads(context_.limits));
  }
}

bool session::is_admitted(const command_id& id) {
  const auto refused = env_.admit_read(who_);
  if (refused) refuse(id, {}, *refused);
  return !refused;
}

// The answer, if it comes, is for nobody then.
void session::expire_queries(moment now) {
  for (std::size_t i = 0; i < open_queries_.size();) {
    if (open_queries_[i].deadline > now.steady) {
      ++i;
      continue;
    }
    const auto id = std::move(open_queries_[i].id);
    open_queries_.erase(open_queries_.begin() + static_cast<std::ptrdiff_t>(i));
    --queries_;
    ++context_.counters.query_deadlines;
    refuse(id, {}, make_client_error(error_code::unavailable, "The answer did not come in time"));
  }
  run_asked();
  resume(now);
}

// Beside what waits to be sent and the pages that are being read. A page that takes the bound alone
// has room beside a quarter of it: the rest of a cut event waits nearly always for a reader that is
// a little slow.
bool session::has_room_for_page() const {
  const auto& limits = context_.limits;
  const auto page = limits.query_page_bytes, bound = limits.output_bytes_max;
  const auto expected =
      out_.waiting() + (queries_ - asked_.size()) * page + (page_open_ ? limits.page_bytes : 0);
  return expected + page <= std::max(bound, page + bound / 4);
}

void session::on_query_answer(const query_answer& answer, moment now) {
  if (phase_ == phase::closing) return;
  const auto open = std::find_if(open_queries_.begin(), open_queries_.end(),
                                 [&](const auto& query) { return query.ticket == answer.ticket; });
  if (open == open_queries_.end()) return;  // its client was told that there is none
  open_queries_.erase(open);
  --queries_;
  context_.counters.query_pages_cut += answer.ended_early;
  if (answer.refused) ++context_.counters.refusals[static_cast<std::size_t>(*answer.refused)];
  send_text(answer.frame);
  run_asked();
  resume(now);
}

}  // namespace roomlog
