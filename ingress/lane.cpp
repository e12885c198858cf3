#include "ingress/lane.h"

#include <algorithm>
#include <utility>

#include "ingress/room_rules.h"
#include "ingress/verdict_outcome.h"
#include "log/diagnostics.h"

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

// "tenant/user", as the rate limiter knows users.
std::string rate_name(const std::string& room_key, const std::string& user) {
  return room_key.substr(0, room_key.find('/') + 1) + user;
}

client_error as_client_error(errc code) {
  if (code == errc::full) return overload();
  return make_client_error(error_code::unavailable);
}

timestamp later(timestamp t, std::chrono::microseconds by) {
  return timestamp{t.value + by.count()};
}

}  // namespace

void append_reports::add(append_report report) {
  const std::lock_guard lock(mutex_);
  reports_.push_back(report);
}

append_handler append_reports::handler(std::shared_ptr<append_reports> to, append_report expected) {
  return [to = std::move(to), expected](const append_result& outcome) {
    if (outcome) return;  // the verdict will tell
    append_report report = expected;
    report.code = outcome.error().code;
    to->add(report);
  };
}

std::vector<append_report> append_reports::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(reports_, {});
}

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
    if (counted) context_->rates.give_back(rate_name(s.room_key, s.who.user), *counted);
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
  if (context_->draining || context_->failed() || state_ == state::stopped) {
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

void lane::tell_late_refusals(answers_to& answers) {
  // What a connection has undecided may let it in, or put it out.
  const auto is_settled = [this](std::uint64_t connection) {
    return !pending_.has_undecided(connection);
  };
  for (auto& late : late_.take_due(context_->clock.steady(), is_settled)) {
    if (*late.fold == late_refusals::fold_state::level && is_settled(late.to.connection)) {
      auto by_room = refused_by_room(context_->fold, late.room_key, late.user, late.command.body);
      if (by_room) late.refused = *std::move(by_room);
    }
    command_outcome outcome = std::move(late.refused);
    context_->count(outcome);
    answers.push_back({late.to, std::move(late.command.id), std::move(late.command.room),
                       std::move(late.command.cid), std::move(outcome)});
  }
}

std::optional<client_error> lane::over_rate(const lane_submission& s,
                                            std::optional<rate_stamp>& counted) {
  if (s.who.unlimited) return std::nullopt;
  const auto taken =
      context_->rates.take(rate_name(s.room_key, s.who.user), context_->clock.steady());
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

void lane::give_back(const pending_command& command) {
  if (!command.counted) return;
  context_->rates.give_back(rate_name(command.record.room_key, command.record.user),
                            *command.counted);
}

// The answers to all who wait for this command; only what was newly accepted has cost its rate.
void lane::settle(owned command, const command_outcome& outcome, answers_to& answers) {
  const auto* ack = std::get_if<command_ack>(&outcome);
  const auto* refused = std::get_if<client_error>(&outcome);
  const bool may_be_accepted = refused && refused->code == error_code::unknown_outcome;
  if (!may_be_accepted && (!ack || ack->duplicate)) give_back(*command);
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
  const auto room = d.decision.kind == verdict_kind::rejected
                        ? context_->fold.find_room(command->record.room_key)
                        : std::nullopt;
  const auto outcome =
      outcome_of(d.decision, command->record.command, room ? room->head : seq_no{});
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
    tell_late_refusals(answers);
    track_load();
  }
  catch_up_unlocked();
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
