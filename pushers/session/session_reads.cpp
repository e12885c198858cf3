// Reads of rooms: done at once where plan_read() says so, else held until this connection's own
// commands are decided and the fold has read what the log held.
#include <algorithm>

#include "pushers/queries/plan_read.h"
#include "pushers/queries/read_errors.h"
#include "pushers/session/session.h"

namespace roomlog {

bool session::must_wait(const held_read& read) const {
  const auto room = room_of(read.what);
  if (std::find(undecided_.begin(), undecided_.end(), room) != undecided_.end()) return true;
  for (const auto& other : held_) {
    if (&other == &read) return false;
    if (room_of(other.what) == room) return true;
  }
  return false;
}

bool session::is_of_this_epoch(const subscribe_command& what) {
  if (what.epoch.empty() || what.epoch == context_.epoch) return true;
  auto error =
      make_client_error(error_code::epoch_changed, "The cursor is from another epoch of the log");
  error.epoch = context_.epoch;
  refuse(what.id, {}, error);
  return false;
}

session::attempt session::try_read(held_read& read) {
  const auto* subscribe = std::get_if<subscribe_command>(&read.what);
  if (subscribe != nullptr && !is_of_this_epoch(*subscribe)) return attempt::done;
  // What was sent behind it does not hold up a search that has begun, and a list of rooms waits for
  // no command.
  const bool in_order = read.cursor_ticket == 0 && !room_of(read.what).empty();
  if (in_order && must_wait(read)) return attempt::hold;
  const auto plan = plan_read(context_.fold, who_, read.what, read.level);
  switch (plan.step) {
    case read_step::run:
      return start(read, plan.room);
    case read_step::refuse:
      refuse(id_of(read.what), {}, plan.why);
      return attempt::done;
    case read_step::wait:
      if (read.level_ticket == 0) {
        read.level_ticket = ++last_ticket_;
        env_.wait_level(plan.behind, read.level_ticket);
      }
      return attempt::hold;
  }
  return attempt::done;
}

session::attempt session::start(held_read& read, const room_info& room) {
  if (const auto* subscribe = std::get_if<subscribe_command>(&read.what)) {
    const auto key = room_key(subscribe->room);
    if (!read.cursor && needs_search(context_.fold, key, *subscribe)) return search(read, key);
    start_subscription(read, key, room);
    return attempt::done;
  }
  if (!is_admitted(id_of(read.what))) return attempt::done;
  view_query query{who_.tenant, who_.user, {}, {}};
  if (const auto name = room_of(read.what); !name.empty()) query.room_key = room_key(name);
  std::visit(
      [&](auto& what) {
        if constexpr (requires { query.what = std::move(what); }) query.what = std::move(what);
      },
      read.what);
  ask(std::move(query));
  return attempt::done;
}

session::attempt session::search(held_read& read, const std::string& room_key) {
  if (read.cursor_ticket != 0) return attempt::hold;
  const auto& what = std::get<subscribe_command>(read.what);
  if (!is_admitted(what.id)) return attempt::done;
  read.cursor_ticket = ++last_ticket_;
  if (env_.find_cursor({who_.tenant, who_.user, room_key, what.after_offset, what.since,
                        read.cursor_ticket, read.deadline}))
    return attempt::hold;
  refuse(what.id, {}, too_many_reads(context_.limits));
  return attempt::done;
}

seq_no session::first_deliverable(std::string_view room_key, seq_no available, seq_no head) const {
  if (available.value == 1) return available;
  // What comes from now on will be in the tail.
  const auto* feed = context_.rooms.find(room_key);
  return std::min(available, feed == nullptr ? roomlog::next(head) : feed->tail.begin());
}

void session::start_subscription(const held_read& read, const std::string& room_key,
                                 const room_info& room) {
  const auto& what = std::get<subscribe_command>(read.what);
  const auto* found = read.cursor ? &*read.cursor : nullptr;
  if (found != nullptr && !found->first)
    return refuse(what.id, {}, view_error(found->first.error()));
  if (found != nullptr && !found->available)
    return refuse(what.id, {}, view_error(found->available.error()));
  auto next = first_of(what, room, found);
  if (auto* before = find_subscription(room_key)) end_subscription(*before);
  if (subscriptions_.size() >= context_.limits.subscriptions_max)
    return refuse(what.id, {},
                  make_lasting_error(error_code::overloaded,
                                     "One connection has at most " +
                                         std::to_string(context_.limits.subscriptions_max) +
                                         " subscriptions (limits.subscriptions)"));
  frames::subscribed_facts facts{what.room, context_.epoch, room.head};
  facts.first_available =
      first_deliverable(room_key, found != nullptr ? *found->available : seq_no{1}, room.head);
  if (next < facts.first_available) {
    facts.lost = {next, seq_no{facts.first_available.value - 1}};
    ++context_.counters.lost_ranges;
    next = facts.first_available;
  }
  frames::subscribed(json(), what.id, facts);
  send_json();
  add_subscription(room_key, next, room.head);
}

void session::take_read(read_command what, moment now) {
  const auto before = queries_ + held_.size();
  held_read read{std::move(what), now.steady + context_.times.fold_wait};
  if (try_read(read) == attempt::hold) held_.push_back(std::move(read));
  const auto open = queries_ + held_.size();
  if (open > before && open == context_.limits.queries_in_flight_max)
    ++context_.counters.held_for_queries;
}

void session::run(subscribe_command& what, moment now) {
  replace_held_subscribe(what.room);
  take_read(std::move(what), now);
}

void session::replace_held_subscribe(std::string_view room) {
  for (auto held = held_.begin(); held != held_.end(); ++held) {
    const auto* before = std::get_if<subscribe_command>(&held->what);
    if (before == nullptr || before->room != room) continue;
    refuse(before->id, {},
           make_client_error(error_code::unavailable,
                             "A later command for this room has replaced this one"));
    held_.erase(held);
    return;  // there is never more than one
  }
}

void session::on_level(std::uint64_t ticket, moment now) {
  for (auto& held : held_)
    if (held.level_ticket == ticket) held.level = fold_level::reached;
  retry_held(now);
}

void session::on_cursor(const found_cursor& found, moment now) {
  for (auto& held : held_)
    if (held.cursor_ticket == found.ticket) held.cursor = found;
  retry_held(now);
}

void session::retry_held(moment now) {
  if (held_.empty() || phase_ == phase::closing) return;
  for (std::size_t i = 0; i < held_.size();) {
    if (try_read(held_[i]) == attempt::done)
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
  resume(now);
}

void session::expire_held(moment now) {
  const auto past = [&](const held_read& held) { return held.deadline <= now.steady; };
  for (const auto& held : held_)
    if (past(held))
      refuse(id_of(held.what), {},
             make_client_error(error_code::unavailable,
                               "The server did not read the log to its end in time"));
  held_.erase(std::remove_if(held_.begin(), held_.end(), past), held_.end());
  retry_held(now);
}

}  // namespace roomlog
