#include "pushers/session/read_starter.h"

#include <algorithm>
#include <utility>

#include "pushers/queries/plan_read.h"
#include "pushers/queries/read_errors.h"
#include "schemas/protocol/frames.h"

namespace roomlog {

void read_starter::take(read_command what, moment now) {
  auto& s = session_;
  if (std::holds_alternative<subscribe_command>(what)) replace_subscribe(room_of(what));
  const auto open = [&] { return s.queries.open() + s.held.count(); };
  const auto before = open();
  pending_read read{std::move(what), now.steady + s.context().times.fold_wait};
  if (attempt(read) == read_outcome::held) s.held.add(std::move(read));
  if (open() > before && open() == s.context().limits.queries_in_flight_max)
    ++s.context().counters.held_for_queries;
}

void read_starter::retry() {
  session_.held.retry([this](pending_read& read) { return attempt(read); });
}

void read_starter::expire(moment now) {
  for (const auto& id : session_.held.take_expired(now))
    session_.replies.refuse(
        id, make_client_error(error_code::unavailable,
                              "The server did not read the log to its end in time"));
  retry();
}

void read_starter::replace_subscribe(std::string_view room) {
  if (const auto before = session_.held.take_subscribe(room))
    session_.replies.refuse(
        before->id, make_client_error(error_code::unavailable,
                                      "A later command for this room has replaced this one"));
}

// What was sent behind it does not hold up a search that has begun, and a list of rooms waits for
// no command.
bool read_starter::must_wait(const pending_read& read) const {
  const auto room = room_of(read.what);
  if (room.empty() || read.cursor_ticket != 0) return false;
  return session_.undecided.has(room) || session_.held.has_earlier(room, read);
}

bool read_starter::is_of_this_epoch(const subscribe_command& what) {
  const auto& epoch = session_.context().epoch;
  if (what.epoch.empty() || what.epoch == epoch) return true;
  auto error =
      make_client_error(error_code::epoch_changed, "The cursor is from another epoch of the log");
  error.epoch = epoch;
  session_.replies.refuse(what.id, error);
  return false;
}

bool read_starter::is_admitted(const command_id& id) {
  const auto refused = session_.env.admit_read(session_.who());
  if (refused) session_.replies.refuse(id, *refused);
  return !refused;
}

read_outcome read_starter::attempt(pending_read& read) {
  const auto* subscribe = std::get_if<subscribe_command>(&read.what);
  if (subscribe != nullptr && !is_of_this_epoch(*subscribe)) return read_outcome::done;
  if (must_wait(read)) return read_outcome::held;
  const auto plan = plan_read(session_.context().fold, session_.who(), read.what, read.level);
  switch (plan.step) {
    case read_step::run:
      return run(read, plan.room);
    case read_step::refuse:
      session_.replies.refuse(id_of(read.what), plan.why);
      return read_outcome::done;
    case read_step::wait:
      if (read.level_ticket == 0) {
        read.level_ticket = session_.held.next_ticket();
        session_.env.wait_level(plan.behind, read.level_ticket);
      }
      return read_outcome::held;
  }
  return read_outcome::done;
}

read_outcome read_starter::run(pending_read& read, const room_info& room) {
  if (std::holds_alternative<subscribe_command>(read.what)) return run_subscribe(read, room);
  if (!is_admitted(id_of(read.what))) return read_outcome::done;
  session_.queries.ask(query_of(session_.who(), std::move(read.what)));
  return read_outcome::done;
}

read_outcome read_starter::run_subscribe(pending_read& read, const room_info& room) {
  const auto& what = std::get<subscribe_command>(read.what);
  const auto key = session_.room_key(what.room);
  if (!read.cursor && needs_search(session_.context().fold, key, what)) return search(read, key);
  begin_subscription(read, key, room);
  return read_outcome::done;
}

read_outcome read_starter::search(pending_read& read, const std::string& room_key) {
  if (read.cursor_ticket != 0) return read_outcome::held;
  const auto& what = std::get<subscribe_command>(read.what);
  if (!is_admitted(what.id)) return read_outcome::done;
  read.cursor_ticket = session_.held.next_ticket();
  const auto& who = session_.who();
  if (session_.env.find_cursor({who.tenant, who.user, room_key, what.after_offset, what.since,
                                read.cursor_ticket, read.deadline}))
    return read_outcome::held;
  session_.replies.refuse(what.id, too_many_reads(session_.context().limits));
  return read_outcome::done;
}

seq_no read_starter::first_deliverable(std::string_view room_key, seq_no available,
                                       seq_no head) const {
  if (available.value == 1) return available;
  // What comes from now on will be in the tail.
  const auto* feed = session_.context().rooms.find(room_key);
  return std::min(available, feed == nullptr ? next(head) : feed->tail.begin());
}

void read_starter::begin_subscription(const pending_read& read, const std::string& room_key,
                                      const room_info& room) {
  const auto& what = std::get<subscribe_command>(read.what);
  auto& replies = session_.replies;
  auto& events = session_.events;
  auto& context = session_.context();
  if (read.cursor && !read.cursor->first)
    return replies.refuse(what.id, view_error(read.cursor->first.error()));
  if (read.cursor && !read.cursor->available)
    return replies.refuse(what.id, view_error(read.cursor->available.error()));
  auto first = first_of(what, room, read.cursor ? &*read.cursor : nullptr);
  events.end(room_key);
  const auto most = context.limits.subscriptions_max;
  if (events.count() >= most)
    return replies.refuse(what.id,
                          make_lasting_error(error_code::overloaded,
                                             "One connection has at most " + std::to_string(most) +
                                                 " subscriptions (limits.subscriptions)"));
  frames::subscribed_facts facts{what.room, context.epoch, room.head};
  facts.first_available =
      first_deliverable(room_key, read.cursor ? *read.cursor->available : seq_no{1}, room.head);
  if (first < facts.first_available) {
    facts.lost = {first, seq_no{facts.first_available.value - 1}};
    ++context.counters.lost_ranges;
    first = facts.first_available;
  }
  frames::subscribed(replies.json(), what.id, facts);
  replies.send();
  events.add(room_key, first, room.head);
}

}  // namespace roomlog
