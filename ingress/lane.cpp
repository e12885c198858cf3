#include "ingress/lane.h"

#include <utility>

#include "ingress/commands/room_refusal.h"
#include "ingress/commands/verdict_outcome.h"
#include "ingress/settlement.h"

namespace roomlog {

lane::lane(std::shared_ptr<lane_context> context, partition_id partition)
    : context_(std::move(context)),
      partition_(partition),
      writer_(*context_, partition),
      checks_(*context_, partition, pending_, late_) {}

void lane::start() {
  {
    const std::lock_guard lock(mutex_);
    if (fence_.is(state::idle)) fence_.want();
    started_at_ = context_->clock.steady();
  }
  catch_up_unlocked();
}

bool lane::ready() const {
  const std::lock_guard lock(mutex_);
  return fence_.is(state::ready);
}

bool lane::begun() const {
  const std::lock_guard lock(mutex_);
  return fence_.taken().counter != 0;
}

bool lane::has_tried() const {
  const std::lock_guard lock(mutex_);
  return !fence_.is(state::idle) &&
         context_->clock.steady() - started_at_ >= context_->options.ack_timeout;
}

std::size_t lane::in_flight() const {
  const std::lock_guard lock(mutex_);
  return pending_.size() + late_.size();
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
  if (lane_incarnation{id.counter, id.nonce} != fence_.taken()) return;
  context_->compare_clocks(partition_, d);
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
  settle(*context_, pending_.take_numbered(id.number), *outcome, answers);
}

void lane::tick(answers_to& answers) {
  {
    const std::lock_guard lock(mutex_);
    take_reports(answers);
    if (context_->failed() && !fence_.is(state::stopped)) stop(answers);
    if (fence_.is_late(context_->clock.steady())) doubt(state::fencing);
    if (fence_.is(state::ready)) (void)append_backlog();  // refused: the next tick tries again
    tell_late_waiters(answers);
    if (!can_decide()) {
      // Of what was never appended nothing happened. What was is answered at its deadline, and kept
      // no longer: no verdict comes that would take it out.
      settle_all(*context_, pending_.take_never_appended(), answers);
      pending_.drop_unawaited();
    }
    tell_late_refusals(answers);
    track_load();
  }
  catch_up_unlocked();
}

void lane::tell_late_waiters(answers_to& answers) {
  const auto tell = [&](pending_command& c, command_waiter& w, bool never_sent) {
    if (pending_.connections().is_closed(w.to.connection)) return;
    const auto code = never_sent ? error_code::unavailable : error_code::unknown_outcome;
    command_outcome outcome = make_client_error(code);
    context_->count(outcome);
    const event_command& sent = c.record.command;
    answers.push_back({w.to, w.id, sent.room, sent.cid, std::move(outcome)});
  };
  pending_.take_late(context_->clock.steady(), tell);
  for (const auto& forgotten : pending_.take_forgotten()) {
    context_->limits.give_back(forgotten->user_key, forgotten->toll);
  }
}

void lane::tell_late_refusals(answers_to& answers) {
  // What a connection has undecided may let it in, or put it out.
  const auto is_settled = [this](std::uint64_t connection) {
    return !pending_.connections().has(connection);
  };
  for (auto& late : late_.take_due(context_->clock.steady(), is_settled)) {
    if (*late.fold == late_refusals::fold_progress::level && is_settled(late.to.connection)) {
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

void lane::connection_closed(std::uint64_t connection) {
  const std::lock_guard lock(mutex_);
  pending_.close_connection(connection);
  late_.close_connection(connection);
  track_load();
}

// Wraps where the sums shrink, as unsigned numbers may.
void lane::track_load() {
  const std::size_t size = pending_.size() + late_.size(), bytes = pending_.bytes() + late_.bytes();
  context_->in_flight += size - std::exchange(counted_size_, size);
  context_->in_flight_bytes += bytes - std::exchange(counted_bytes_, bytes);
}

}  // namespace roomlog
