// How a command comes into a lane, and from there into the log.
#include <utility>

#include "ingress/commands/verdict_outcome.h"
#include "ingress/lane.h"

namespace roomlog {
namespace {

client_error as_client_error(errc code) {
  if (code == errc::full) return overload();
  return make_client_error(error_code::unavailable);
}

}  // namespace

std::optional<command_outcome> lane::submit(lane_submission s) {
  // Read before anything is asked: what the fold has decided up to here came before this command.
  const offset log_end = context_->fold.log_end(partition_);
  std::optional<command_outcome> outcome;
  bool in_doubt = false;
  {
    const std::lock_guard lock(mutex_);
    outcome = submit_locked(s, log_end);
    in_doubt = fence_.is_wanted();
    track_load();
  }
  if (in_doubt) catch_up_unlocked();
  return outcome;
}

std::optional<command_outcome> lane::submit_locked(lane_submission& s, offset log_end) {
  const command_record& record = s.command;
  const event_command& sent = record.command;
  if (!s.cid_is_ours) {
    // In flight comes first: the fold may have decided it already, and its verdict is on its way.
    const std::string key = pending_key(record.room_key, record.user, sent.cid, sent.digest);
    if (pending_command* same = pending_.find(key)) {
      attach(*same, s, log_end);
      return std::nullopt;
    }
    const auto first = context_->fold.find_command(record.room_key, record.user, sent.cid);
    if (first) return outcome_of(*first, sent.digest, sent.room, sent.cid);
    if (first.error().code != errc::not_found) return make_client_error(error_code::unavailable);
  }
  s.load = context_->loads.of(s.user_key);
  if (context_->draining || context_->failed() || fence_.is(state::stopped) || !can_decide()) {
    return make_client_error(error_code::unavailable);
  }
  command_toll toll;
  if (auto refused = checks_.refusal(s, log_end, toll)) {
    context_->limits.give_back(s.user_key, toll);
    return checks_.after_room(std::move(s), *std::move(refused), log_end);
  }
  return enqueue(std::move(s), toll);
}

void lane::attach(pending_command& same, const lane_submission& s, offset log_end) {
  // The first to wait has given up, and the log does not have it: it may have been lost.
  const bool given_up = same.number != 0 && same.waiters.empty();
  if (given_up && context_->fold.position(partition_) >= log_end) doubt(state::ready);
  const auto until = context_->clock.steady() + context_->options.ack_timeout;
  pending_.attach(same, {s.from, s.command.command.id, until, true});
}

std::optional<command_outcome> lane::enqueue(lane_submission s, command_toll toll) {
  auto made = std::make_unique<pending_command>();
  event_command& sent = s.command.command;
  made->key = pending_key(s.command.room_key, s.command.user, sent.cid, sent.digest);
  made->user_key = std::move(s.user_key);
  made->toll = toll;
  made->share = load_share(std::move(s.load));
  const auto until = context_->clock.steady() + context_->options.ack_timeout;
  made->waiters.push_back({s.from, sent.id, until, false});
  s.command.gateway_time = context_->clock.now();
  s.command.deadline = context_->deadline_of(s.command.gateway_time, log_time_);
  made->record = std::move(s.command);
  const bool waits = !fence_.is(state::ready) || pending_.has_backlog();
  pending_.add(std::move(made));
  if (waits) return std::nullopt;
  const auto appended = append_backlog();
  if (appended) return std::nullopt;
  const auto refused = pending_.take_last_of_backlog();
  context_->limits.give_back(refused->user_key, refused->toll);
  return as_client_error(appended.error().code);
}

result<> lane::append_backlog() {
  if (!can_decide()) return error{errc::unavailable, "the fold of this partition has stopped"};
  return writer_.append_backlog(pending_);
}

}  // namespace roomlog
