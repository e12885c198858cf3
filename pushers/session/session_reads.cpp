// Reads of rooms: done at once where the fold's state allows it, else held until this connection's
// own commands are decided and the fold has read what the log held.
#include <algorithm>

#include "log/partitioner.h"
#include "pushers/http/view_queries.h"
#include "pushers/session/room_access.h"
#include "pushers/session/session.h"

namespace roomlog {

namespace {

std::string_view room_of(const command& what) {
  if (const auto* sub = std::get_if<subscribe_command>(&what)) return sub->room;
  if (const auto* history = std::get_if<history_command>(&what)) return history->room;
  if (const auto* members = std::get_if<members_command>(&what)) return members->room;
  return {};
}

const command_id& id_of(const command& what) {
  return std::visit([](const auto& any) -> const command_id& { return any.id; }, what);
}

}  // namespace

bool session::must_wait(std::string_view room, const held_command* held) const {
  if (std::find(undecided_.begin(), undecided_.end(), room) != undecided_.end()) return true;
  for (const auto& other : held_) {
    if (&other == held) return false;
    if (other.room == room) return true;
  }
  return false;
}

bool session::fold_behind(held_command* held, std::string_view room_key) {
  if (held != nullptr && held->ticket != 0) return held->answers_open != 0;
  const auto& fold = context_.fold;
  std::vector<partition_id> behind;
  const auto look_at = [&](partition_id p) {
    if (!fold.sees_log_end() || fold.position(p) < fold.log_end(p)) behind.push_back(p);
  };
  if (!room_key.empty())
    look_at(partition_of(room_key, fold.partitions()));
  else
    for (std::uint32_t p = 0; p < fold.partitions(); ++p) look_at(partition_id{p});
  if (held == nullptr || behind.empty()) return !behind.empty();
  held->ticket = ++last_ticket_;
  held->answers_open = static_cast<std::uint32_t>(behind.size());
  for (const auto partition : behind) env_.wait_level(partition, held->ticket);
  return true;
}

void session::on_level(std::uint64_t ticket, moment now) {
  for (auto& held : held_)
    if (held.ticket == ticket && held.answers_open != 0) --held.answers_open;
  retry_held(now);
}

std::optional<room_info> session::readable(std::string_view room_key, client_error& why) const {
  return readable_room(context_.fold, room_key, who_.user, why);
}

session::cursor_start session::start_of(const subscribe_command& what, std::string_view room_key,
                                        const room_info& room, const found_cursor* cursor) const {
  using kind = cursor_start::kind;
  seq_no available{1};
  if (cursor != nullptr) {
    if (!cursor->first) return {kind::refused, {}, view_error(cursor->first.error())};
    if (!cursor->available) return {kind::refused, {}, view_error(cursor->available.error())};
    available = *cursor->available;
  }
  if (what.after_seq) {
    if (*what.after_seq > room.head) return {kind::beyond, {}, beyond_head("after_seq", room.head)};
    return {kind::found, next(*what.after_seq), {}, available};
  }
  const auto& fold = context_.fold;
  if (what.after_offset &&
      *what.after_offset >= fold.position(partition_of(room_key, fold.partitions())))
    return {kind::beyond, {}, beyond_head("after_offset", room.head)};
  if (what.after_offset || what.since)
    return {kind::found, cursor != nullptr ? *cursor->first : seq_no{}, {}, available};
  if (what.last)
    return {kind::found,
            seq_no{*what.last >= room.head.value ? 1 : room.head.value + 1 - *what.last},
            {},
            available};
  return {kind::found, next(room.head), {}, available};
}

session::attempt session::try_search(const subscribe_command& what, held_command* held,
                                     const std::string& room_key) {
  if (held == nullptr || held->cursor_ticket != 0) return attempt::hold;
  if (!is_admitted(what.id)) return attempt::done;
  held->cursor_ticket = ++last_ticket_;
  if (env_.find_cursor({who_.tenant, who_.user, room_key, what.after_offset, what.since,
                        held->cursor_ticket, held->deadline}))
    return attempt::hold;
  refuse(what.id, {}, too_many_reads(context_.limits));
  return attempt::done;
}

void session::on_cursor(const found_cursor& found, moment now) {
  for (auto& held : held_)
    if (held.cursor_ticket == found.ticket) held.cursor = found;
  retry_held(now);
}

session::attempt session::try_read(subscribe_command& what, held_command* held) {
  if (!what.epoch.empty() && what.epoch != context_.epoch) {
    auto error =
        make_client_error(error_code::epoch_changed, "The cursor is from another epoch of the log");
    error.epoch = context_.epoch;
    refuse(what.id, {}, error);
    return attempt::done;
  }
  // What was sent behind it does not hold up a search that has begun.
  const bool searching = held != nullptr && held->cursor_ticket != 0;
  if (!searching && must_wait(what.room, held)) return attempt::hold;
  const auto key = room_key(what.room);
  client_error why;
  const auto room = readable(key, why);
  if (!room) {
    if (fold_behind(held, key)) return attempt::hold;
    refuse(what.id, {}, why);
    return attempt::done;
  }
  const auto* cursor = held != nullptr && held->cursor ? &*held->cursor : nullptr;
  const auto start = start_of(what, key, *room, cursor);
  if (start.what == cursor_start::kind::beyond && fold_behind(held, key)) return attempt::hold;
  if (start.what != cursor_start::kind::found) {
    refuse(what.id, {}, start.error);
    return attempt::done;
  }
  const bool needs_search = what.after_offset || what.since || !context_.fold.has_everything(key);
  if (needs_search && cursor == nullptr) return try_search(what, held, key);
  start_subscription(what, key, start, *room);
  return attempt::done;
}

seq_no session::first_deliverable(std::string_view room_key, seq_no available, seq_no head) const {
  if (available.value == 1) return available;
  // What comes from now on will be in the tail.
  const auto* feed = context_.rooms.find(room_key);
  return std::min(available, feed == nullptr ? roomlog::next(head) : feed->tail.begin());
}

void session::start_subscription(const subscribe_command& what, const std::string& room_key,
                                 const cursor_start& start, const room_info& room) {
  auto next = start.next;
  if (auto* before = find_subscription(room_key)) end_subscription(*before);
  if (subscriptions_.size() >= context_.limits.subscriptions_max)
    return refuse(what.id, {},
                  make_lasting_error(error_code::overloaded,
                                     "One connection has at most " +
                                         std::to_string(context_.limits.subscriptions_max) +
                                         " subscriptions (limits.subscriptions)"));
  frames::subscribed_facts facts{what.room, context_.epoch, room.head};
  facts.first_available = first_deliverable(room_key, start.available, room.head);
  if (next < facts.first_available) {
    facts.lost = {next, seq_no{facts.first_available.value - 1}};
    ++context_.counters.lost_ranges;
    next = facts.first_available;
  }
  frames::subscribed(json(), what.id, facts);
  send_json();
  add_subscription(room_key, next, room.head);
}

session::attempt session::try_read(history_command& what, held_command* held) {
  if (must_wait(what.room, held)) return attempt::hold;
  auto key = room_key(what.room);
  client_error why;
  const auto room = readable(key, why);
  const auto named = greatest_named(what);
  if (!room || named.seq > room->head) {
    if (fold_behind(held, key)) return attempt::hold;
    refuse(what.id, {}, room ? beyond_head(named.field, room->head) : why);
    return attempt::done;
  }
  if (is_admitted(what.id)) ask({who_.tenant, who_.user, std::move(key), std::move(what)});
  return attempt::done;
}

session::attempt session::try_read(members_command& what, held_command* held) {
  if (must_wait(what.room, held)) return attempt::hold;
  auto key = room_key(what.room);
  client_error why;
  const auto room = readable(key, why);
  const auto named = greatest_named(what);
  if (!room || named.seq > room->head) {
    if (fold_behind(held, key)) return attempt::hold;
    refuse(what.id, {}, room ? beyond_head(named.field, room->head) : why);
    return attempt::done;
  }
  if (is_admitted(what.id)) ask({who_.tenant, who_.user, std::move(key), std::move(what)});
  return attempt::done;
}

// A min_seq here names no room: everything that the log held is read first.
session::attempt session::try_read(rooms_command& what, held_command* held) {
  if (what.min_seq.value != 0 && fold_behind(held, {})) return attempt::hold;
  if (is_admitted(what.id)) ask({who_.tenant, who_.user, {}, std::move(what)});
  return attempt::done;
}

template <class Command>
void session::try_or_hold(Command& what, moment now) {
  const auto before = queries_ + held_.size();
  if (try_read(what, nullptr) == attempt::hold) {
    held_.push_back({std::move(what), {}, now.steady + context_.times.fold_wait});
    auto& held = held_.back();
    held.room = room_of(held.what);
    // Once more, now that it can note what it waits for.
    if (try_read(std::get<Command>(held.what), &held) == attempt::done) held_.pop_back();
  }
  const auto open = queries_ + held_.size();
  if (open > before && open == context_.limits.queries_in_flight_max)
    ++context_.counters.held_for_queries;
}

void session::run(subscribe_command& what, moment now) {
  replace_held_subscribe(what.room);
  try_or_hold(what, now);
}
void session::run(history_command& what, moment now) {
  try_or_hold(what, now);
}
void session::run(rooms_command& what, moment now) {
  try_or_hold(what, now);
}
void session::run(members_command& what, moment now) {
  try_or_hold(what, now);
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

void session::retry_held(moment now) {
  if (held_.empty() || phase_ == phase::closing) return;
  for (std::size_t i = 0; i < held_.size();) {
    auto& held = held_[i];
    const auto outcome = std::visit(
        [&](auto& what) {
          if constexpr (requires { try_read(what, &held); }) return try_read(what, &held);
          return attempt::done;
        },
        held.what);
    if (outcome == attempt::done)
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
  resume(now);
}

void session::expire_held(moment now) {
  const auto past = [&](const held_command& held) { return held.deadline <= now.steady; };
  for (const auto& held : held_)
    if (past(held))
      refuse(id_of(held.what), {},
             make_client_error(error_code::unavailable,
                               "The server did not read the log to its end in time"));
  held_.erase(std::remove_if(held_.begin(), held_.end(), past), held_.end());
  retry_held(now);
}

}  // namespace roomlog
