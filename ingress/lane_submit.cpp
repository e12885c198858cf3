// How a command comes into a lane: the checks that answer it at once, and the way into the log.
#include <algorithm>
#include <utility>

#include "ingress/commands/command_kind.h"
#include "ingress/commands/room_refusal.h"
#include "ingress/commands/verdict_outcome.h"
#include "ingress/lane.h"
#include "log/append_queue.h"

namespace roomlog {
namespace {

constexpr std::size_t append_records_max = 256;  // in one call
constexpr std::size_t append_bytes_max = 256 << 10;
constexpr std::uint32_t overload_retry_ms = 250;

client_error overload() {
  auto refused = make_client_error(error_code::overloaded);
  refused.retry_after_ms = overload_retry_ms;
  return refused;
}

client_error as_client_error(errc code) {
  if (code == errc::full) return overload();
  return make_client_error(error_code::unavailable);
}

timestamp later(timestamp t, std::chrono::microseconds by) {
  return timestamp{t.value + by.count()};
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
    in_doubt = fence_wanted_;
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
  command_toll toll;
  if (auto refused = refusal(s, log_end, toll)) {
    context_->limits.give_back(s.user_key, toll);
    return after_room(std::move(s), *std::move(refused), log_end);
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

bool lane::knows_room(const lane_submission& s, offset log_end) const {
  // Where others append too, the log may hold what the fold has not seen: then it refuses.
  return context_->fold.sees_log_end() && context_->fold.position(partition_) >= log_end &&
         !pending_.has_undecided(s.from.connection);
}

// The order of docs/protocol.md §3: permission, rate, content; then what the log would say of the
// rest.
std::optional<client_error> lane::refusal(const lane_submission& s, offset log_end,
                                          command_toll& toll) {
  if (context_->draining || context_->failed() || state_ == state::stopped || !can_decide()) {
    return make_client_error(error_code::unavailable);
  }
  const bool knows = knows_room(s, log_end);
  room_ruling ruling;
  if (knows) {
    ruling = ask_room(context_->fold, s.command);
    if (ruling.permission) return ruling.permission;
  }
  if (auto refused = over_limit(s, toll)) return refused;
  if (context_->filter.prohibits(kind_of(s.command).filtered_text(s.command))) {
    return make_client_error(error_code::prohibited_content);
  }
  if (knows) {
    if (auto refused = refused_later(context_->fold, s.command, ruling)) return refused;
  }
  if (overloaded(*s.load)) return overload();
  return std::nullopt;
}

std::optional<command_outcome> lane::after_room(lane_submission s, client_error refused,
                                                offset log_end) {
  const bool room_comes_first =
      refused.code == error_code::rate_limited || refused.code == error_code::prohibited_content;
  if (!room_comes_first || overloaded(*s.load)) return refused;
  auto by_room = ask_room(context_->fold, s.command).permission;
  if (!by_room) return refused;
  if (knows_room(s, log_end)) return *std::move(by_room);
  auto level = std::make_shared<std::atomic<late_refusals::fold_state>>();
  context_->fold.when_level(partition_, [level](const result<>& reached) {
    *level = reached ? late_refusals::fold_state::level : late_refusals::fold_state::unknown;
  });
  late_.add({s.from, std::move(s.command), std::move(refused),
             context_->clock.steady() + context_->options.ack_timeout, std::move(level),
             load_share(std::move(s.load))});
  return std::nullopt;
}

std::optional<client_error> lane::over_limit(const lane_submission& s, command_toll& toll) {
  if (s.unlimited) return std::nullopt;
  const command_cost cost = cost_of(s.command);
  if (auto never = context_->limits.never_allowed(cost)) return never;
  auto taken = context_->limits.take(s.user_key, cost, context_->clock.steady());
  if (auto* refused = std::get_if<client_error>(&taken)) return std::move(*refused);
  toll = std::get<command_toll>(std::move(taken));
  return std::nullopt;
}

// Of each bound a partition has at most as much as is free, and a user at most as much as is left
// to the partition: own + partition + all ≤ max. So one partition that stands still comes to half
// of it, k of them leave 1/(k+1) to the others; one user comes to a third of it, and k of them, in
// one partition or in many, leave every other user something.
bool lane::overloaded(const user_load& user) const {
  const auto over = [](std::size_t of_user, std::size_t of_partition, std::size_t all,
                       std::size_t max) {
    return all >= max || of_user + of_partition > max - all;
  };
  const ingress_options& o = context_->options;
  const append_load log = context_->events.load(partition_);
  return over(user.queued_bytes, log.partition_bytes, log.bytes, log.bytes_max) ||
         over(user.commands, size(), context_->in_flight, o.in_flight_max) ||
         over(user.bytes, bytes(), context_->in_flight_bytes, o.in_flight_bytes_max);
}

timestamp lane::deadline_of(timestamp handed_over) const {
  const bool follows = context_->deadlines_by == deadline_clock::never_behind_the_log;
  return later(follows ? std::max(handed_over, log_time_) : handed_over,
               context_->options.ack_timeout);
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
  s.command.deadline = deadline_of(s.command.gateway_time);
  made->record = std::move(s.command);
  const bool waits = state_ != state::ready || pending_.has_backlog();
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
  while (pending_.has_backlog()) {
    std::vector<append_entry> entries;
    const auto queued = std::make_shared<queue_share>();
    std::size_t bytes = 0;
    for (const auto& command : pending_.backlog()) {
      if (entries.size() == append_records_max || bytes > append_bytes_max) break;
      const append_id id{context_->options.gateway, taken_.counter, taken_.nonce,
                         next_number_ + entries.size()};
      entries.push_back({command->record.room_key, encode_record(command->record, id),
                         command->record.command.traceparent});
      queued->add(command->share.of(), queued_size(entries.back()));
      bytes += entries.back().value.size();
    }
    const std::size_t count = entries.size();
    const append_report report{taken_.nonce, next_number_, next_number_ + count - 1, {}};
    auto handed_over = context_->events.append(partition_, std::move(entries),
                                               append_reports::handler(reports_, report, queued));
    if (!handed_over) return handed_over;
    pending_.mark_appended(count, next_number_);
    next_number_ += count;
  }
  return {};
}

}  // namespace roomlog
