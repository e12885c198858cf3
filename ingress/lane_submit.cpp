// How a command comes into a lane: the checks that answer it at once, and the way into the log.
#include <algorithm>
#include <utility>

#include "ingress/lane.h"
#include "ingress/room_rules.h"
#include "ingress/verdict_outcome.h"

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
  if (!s.cid_is_ours) {
    // In flight comes first: the fold may have decided it already, and its verdict is on its way.
    const std::string key = pending_key(s.room_key, s.who.user, s.command.cid, s.command.digest);
    if (pending_command* same = pending_.find(key)) {
      attach(*same, s, log_end);
      return std::nullopt;
    }
    if (const auto first = context_->fold.find_command(s.room_key, s.who.user, s.command.cid)) {
      return outcome_of(*first, s.command.digest, s.command.room, s.command.cid);
    }
  }
  std::optional<rate_stamp> counted;
  if (auto refused = refusal(s, log_end, counted)) {
    if (counted) context_->rates.give_back(s.user_key, *counted);
    return after_room(std::move(s), *std::move(refused), log_end);
  }
  return enqueue(std::move(s), counted);
}

void lane::attach(pending_command& same, const lane_submission& s, offset log_end) {
  // The first to wait has given up, and the log does not have it: it may have been lost.
  const bool given_up = same.number != 0 && same.waiters.empty();
  if (given_up && context_->fold.position(partition_) >= log_end) doubt(state::ready);
  const auto until = context_->clock.steady() + context_->options.ack_timeout;
  pending_.attach(same, {s.from, s.command.id, until, true});
}

bool lane::knows_room(const lane_submission& s, offset log_end) const {
  // Where others append too, the log may hold what the fold has not seen: then it refuses.
  return context_->fold.sees_log_end() && context_->fold.position(partition_) >= log_end &&
         !pending_.has_undecided(s.from.connection);
}

std::optional<client_error> lane::refusal(const lane_submission& s, offset log_end,
                                          std::optional<rate_stamp>& counted) {
  if (context_->draining || context_->failed() || state_ == state::stopped || !can_decide()) {
    return make_client_error(error_code::unavailable);
  }
  if (knows_room(s, log_end)) {
    if (auto refused = refused_by_room(context_->fold, s.room_key, s.who.user, s.command.body)) {
      return refused;
    }
  }
  if (const auto* send = std::get_if<send_command>(&s.command.body)) {
    if (auto refused = over_rate(s, counted)) return refused;
    if (context_->filter.prohibits(send->text)) {
      return make_client_error(error_code::prohibited_content);
    }
  }
  if (overloaded()) return overload();
  return std::nullopt;
}

std::optional<command_outcome> lane::after_room(lane_submission s, client_error refused,
                                                offset log_end) {
  const bool room_comes_first =
      refused.code == error_code::rate_limited || refused.code == error_code::prohibited_content;
  if (!room_comes_first || overloaded()) return refused;
  auto by_room = refused_by_room(context_->fold, s.room_key, s.who.user, s.command.body);
  if (!by_room) return refused;
  if (knows_room(s, log_end)) return *std::move(by_room);
  auto level = std::make_shared<std::atomic<late_refusals::fold_state>>();
  context_->fold.when_level(partition_, [level](const result<>& reached) {
    *level = reached ? late_refusals::fold_state::level : late_refusals::fold_state::unknown;
  });
  late_.add({s.from, std::move(s.room_key), s.who.user, std::move(s.command), std::move(refused),
             context_->clock.steady() + context_->options.ack_timeout, std::move(level)});
  return std::nullopt;
}

std::optional<client_error> lane::over_rate(const lane_submission& s,
                                            std::optional<rate_stamp>& counted) {
  if (s.who.unlimited) return std::nullopt;
  const auto taken = context_->rates.take(s.user_key, context_->clock.steady());
  if (const auto* stamp = std::get_if<rate_stamp>(&taken)) {
    counted = *stamp;
    return std::nullopt;
  }
  const auto& over = std::get<rate_refusal>(taken);
  auto refused = make_client_error(error_code::rate_limited);
  refused.limit = over.limit;
  refused.retry_after_ms = over.retry_after_ms;
  return refused;
}

// A partition has at most as much of a bound as is free: alone it comes to half of it, and one that
// stands still leaves as much as it has to the others.
bool lane::overloaded() const {
  const auto over = [](std::size_t own, std::size_t all, std::size_t max) {
    return all >= max || own > max - all;
  };
  const ingress_options& o = context_->options;
  const log& events = context_->events;
  return over(events.queued_bytes(partition_), events.queued_bytes(), events.queue_bytes_max()) ||
         over(size(), context_->in_flight, o.in_flight_max) ||
         over(bytes(), context_->in_flight_bytes, o.in_flight_bytes_max);
}

timestamp lane::deadline_of(timestamp handed_over) const {
  const bool follows = context_->deadlines_by == deadline_clock::never_behind_the_log;
  return later(follows ? std::max(handed_over, log_time_) : handed_over,
               context_->options.ack_timeout);
}

std::optional<command_outcome> lane::enqueue(lane_submission s, std::optional<rate_stamp> counted) {
  auto made = std::make_unique<pending_command>();
  made->key = pending_key(s.room_key, s.who.user, s.command.cid, s.command.digest);
  made->user_key = std::move(s.user_key);
  made->counted = counted;
  const auto until = context_->clock.steady() + context_->options.ack_timeout;
  made->waiters.push_back({s.from, s.command.id, until, false});
  const timestamp now = context_->clock.now();
  made->record = {std::move(s.room_key), s.who.user,       s.who.name, s.who.device,
                  std::move(s.command),  deadline_of(now), now};
  const bool waits = state_ != state::ready || pending_.has_backlog();
  pending_.add(std::move(made));
  if (waits) return std::nullopt;
  const auto appended = append_backlog();
  if (appended) return std::nullopt;
  const auto refused = pending_.take_last_of_backlog();
  give_back(*refused);
  return as_client_error(appended.error().code);
}

result<> lane::append_backlog() {
  if (!can_decide()) return error{errc::unavailable, "the fold of this partition has stopped"};
  while (pending_.has_backlog()) {
    std::vector<append_entry> entries;
    std::size_t bytes = 0;
    for (const auto& command : pending_.backlog()) {
      if (entries.size() == append_records_max || bytes > append_bytes_max) break;
      const append_id id{context_->options.gateway, taken_.counter, taken_.nonce,
                         next_number_ + entries.size()};
      entries.push_back({command->record.room_key, encode_record(command->record, id),
                         command->record.command.traceparent});
      bytes += entries.back().value.size();
    }
    const std::size_t count = entries.size();
    const append_report report{taken_.nonce, next_number_, next_number_ + count - 1, {}};
    auto handed_over = context_->events.append(partition_, std::move(entries),
                                               append_reports::handler(reports_, report));
    if (!handed_over) return handed_over;
    pending_.mark_appended(count, next_number_);
    next_number_ += count;
  }
  return {};
}

}  // namespace roomlog
