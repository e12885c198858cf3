#include "ingress/lane.h"

#include <algorithm>
#include <utility>

#include "ingress/commands/room_refusal.h"
#include "ingress/commands/verdict_outcome.h"
#include "log/base/diagnostics.h"

namespace roomlog {

lane::lane(std::shared_ptr<lane_context> context, partition_id partition)
    : context_(std::move(context)), partition_(partition) {}

bool lane::ready() const {
  const std::lock_guard lock(mutex_);
  return state_ == state::ready;
}

bool lane::begun() const {
  const std::lock_guard lock(mutex_);
  return taken_.counter != 0;
}

bool lane::has_tried() const {
  const std::lock_guard lock(mutex_);
  return state_ != state::idle &&
         context_->clock.steady() - started_at_ >= context_->options.ack_timeout;
}

std::size_t lane::in_flight() const {
  const std::lock_guard lock(mutex_);
  return size();
}

void lane::tell_late_refusals(answers_to& answers) {
  // What a connection has undecided may let it in, or put it out.
  const auto is_settled = [this](std::uint64_t connection) {
    return !pending_.has_undecided(connection);
  };
  for (auto& late : late_.take_due(context_->clock.steady(), is_settled)) {
    if (*late.fold == late_refusals::fold_state::level && is_settled(late.to.connection)) {
      if (auto by_room = ask_room(context_->fold, late.command).permission) {
        late.refused = *std::move(by_room);
      }
    }
    command_outcome outcome = std::move(late.refused);
    context_->count(outcome);
    event_command& sent = late.command.command;
    answers.push_back({late.to, std::move(sent.id), std::move(sent.room), std::move(sent.cid),
                       std::move(outcome)});
  }
}

// The answers to all who wait for this command. Only what was newly accepted has cost its rate,
// only what was handed to the log anything of the budget.
void lane::settle(owned command, const command_outcome& outcome, answers_to& answers) {
  const auto* ack = std::get_if<command_ack>(&outcome);
  const auto* refused = std::get_if<client_error>(&outcome);
  const bool may_be_accepted = refused && refused->code == error_code::unknown_outcome;
  if (command->appends == 0) {
    context_->limits.give_back(command->user_key, command->toll);
  } else if (!may_be_accepted && (!ack || ack->duplicate)) {
    context_->limits.give_back_message(command->user_key, command->toll);
  }
  const event_command& sent = command->record.command;
  for (auto& waiter : command->waiters) {
    command_outcome own = outcome;
    if (auto* own_ack = std::get_if<command_ack>(&own)) own_ack->duplicate |= waiter.repeated;
    context_->count(own);
    answers.push_back({waiter.to, std::move(waiter.id), sent.room, sent.cid, std::move(own)});
  }
}

// Nothing can be said any more of what was appended; of the rest, that nothing happened.
void lane::settle_all(std::vector<owned> commands, answers_to& answers) {
  for (auto& command : commands) {
    const auto code = command->appends != 0 ? error_code::unknown_outcome : error_code::unavailable;
    settle(std::move(command), make_client_error(code), answers);
  }
}

void lane::on_decided(const decided_batch& batch, answers_to& answers) {
  {
    const std::lock_guard lock(mutex_);
    if (!batch.events.empty()) log_time_ = batch.events.back().append_time;
    for (const decided_event& d : batch.events) {
      if (d.ev.append.gateway != context_->options.gateway) continue;
      if (std::holds_alternative<gateway_fence>(d.ev.facts)) {
        on_fence(d, answers);
      } else {
        on_own_record(d, answers);
      }
    }
    tell_late_refusals(answers);
    track_load();
  }
  catch_up_unlocked();
}

void lane::on_own_record(const decided_event& d, answers_to& answers) {
  const append_id& id = d.ev.append;
  if (id.counter != taken_.counter || id.nonce != taken_.nonce) return;
  compare_clocks(d);
  const pending_command* command = pending_.numbered(id.number);
  if (d.decision.kind == verdict_kind::out_of_order) return doubt(state::ready);
  if (command == nullptr || command->record.command.digest != d.ev.digest) return;
  seq_no head;
  if (d.decision.kind == verdict_kind::rejected) {
    head = head_of(context_->fold, command->record.room_key);
  }
  const auto outcome = outcome_of(d.decision, command->record, head);
  // Stale, and yet undecided under this fence: its number was taken by something else.
  if (!outcome) return doubt(state::ready);
  settle(pending_.take_numbered(id.number), *outcome, answers);
}

void lane::compare_clocks(const decided_event& d) {
  const auto notice = context_->clocks.observe(
      partition_, {d.ev.gateway_time, d.append_time, context_->clock.now()},
      context_->clock.steady());
  if (!notice) return;
  diagnostics::write(notice->trouble ? diagnostics::level::warn : diagnostics::level::info,
                     "ingress", notice->text);
}

void lane::tick(answers_to& answers) {
  {
    const std::lock_guard lock(mutex_);
    take_reports(answers);
    if (context_->failed() && state_ != state::stopped) stop(answers);
    const auto now = context_->clock.steady();
    if (now >= fence_until_) doubt(state::fencing);
    if (state_ == state::ready) (void)append_backlog();  // refused: the next tick tries again
    pending_.take_late(now, [&](pending_command& c, command_waiter& w, bool never_sent) {
      if (pending_.is_closed(w.to.connection)) return;
      const auto code = never_sent ? error_code::unavailable : error_code::unknown_outcome;
      command_outcome outcome = make_client_error(code);
      context_->count(outcome);
      const event_command& sent = c.record.command;
      answers.push_back({w.to, w.id, sent.room, sent.cid, std::move(outcome)});
    });
    for (const auto& forgotten : pending_.take_forgotten()) {
      context_->limits.give_back(forgotten->user_key, forgotten->toll);
    }
    if (!can_decide()) tell_undecidable(answers);
    tell_late_refusals(answers);
    track_load();
  }
  catch_up_unlocked();
}

// Of what was never appended nothing happened. What was is answered at its deadline, and kept no
// longer: no verdict comes that would take it out.
void lane::tell_undecidable(answers_to& answers) {
  settle_all(pending_.take_never_appended(), answers);
  pending_.drop_unawaited();
}

void lane::connection_closed(std::uint64_t connection) {
  const std::lock_guard lock(mutex_);
  pending_.close_connection(connection);
  late_.close_connection(connection);
  track_load();
}

// Wraps where the sums shrink, as unsigned numbers may.
void lane::track_load() {
  context_->in_flight += size() - std::exchange(counted_size_, size());
  context_->in_flight_bytes += bytes() - std::exchange(counted_bytes_, bytes());
}

}  // namespace roomlog
