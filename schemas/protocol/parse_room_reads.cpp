// Subscriptions and queries.
#include <algorithm>
#include <array>

#include "schemas/protocol/command_types.h"
#include "schemas/records/event_bodies.h"

namespace roomlog {
namespace {

// At most one of several ways to say where to begin.
template <std::size_t N>
void at_most_one(parse_context& c, const std::array<bool, N>& given, std::string_view first_name,
                 std::string_view rule) {
  if (std::count(given.begin(), given.end(), true) > 1) c.fields.invalid(first_name, rule);
}

template <class Number>
std::optional<Number> as(std::optional<std::uint64_t> n) {
  return n ? std::optional<Number>(Number{*n}) : std::nullopt;
}

// Entries of a page.
std::uint32_t limit_field(parse_context& c, std::uint32_t standard) {
  constexpr std::uint64_t limit_max = 200;
  return static_cast<std::uint32_t>(
      c.fields.integer(field_name::limit, 1, limit_max).value_or(standard));
}

seq_no min_seq_field(parse_context& c) {
  return seq_no{c.fields.integer(field_name::min_seq, 0, number_max).value_or(0)};
}

bool is_event_kind(const std::string& name) {
  return !name.empty() &&
         std::ranges::find(event_bodies::all, name, &body_entry::kind) != event_bodies::all.end();
}

}  // namespace

command parse_subscribe(parse_context& c) {
  subscribe_command made;
  made.id = c.id;
  made.room = room_field(c);
  made.epoch = c.fields.ascii(field_name::epoch, presence::optional, epoch_rule);
  made.after_seq = as<seq_no>(c.fields.integer(field_name::after_seq, 0, number_max));
  made.after_offset = as<offset>(c.fields.integer(field_name::after_offset, 0, number_max));
  made.since = c.fields.time(field_name::since);
  made.last = c.fields.integer(field_name::last, 0, number_max);
  at_most_one(c,
              std::array{made.after_seq.has_value(), made.after_offset.has_value(),
                         made.since.has_value(), made.last.has_value()},
              field_name::after_seq,
              "given without after_offset, since and last: at most one of the four");
  return made;
}

command parse_unsubscribe(parse_context& c) {
  return unsubscribe_command{c.id, room_field(c)};
}

command parse_history(parse_context& c) {
  history_command made;
  made.id = c.id;
  made.room = room_field(c);
  made.before_seq = as<seq_no>(c.fields.integer(field_name::before_seq, 0, number_max));
  made.after_seq = as<seq_no>(c.fields.integer(field_name::after_seq, 0, number_max));
  made.since = c.fields.time(field_name::since);
  at_most_one(
      c,
      std::array{made.before_seq.has_value(), made.after_seq.has_value(), made.since.has_value()},
      field_name::before_seq, "given without after_seq and since: at most one of the three");
  made.limit = limit_field(c, made.limit);
  made.kinds = c.fields.ascii_array(field_name::kinds, 16, cid_rule);
  if (!std::all_of(made.kinds.begin(), made.kinds.end(), is_event_kind)) {
    c.fields.invalid(field_name::kinds,
                     "an array of message, edit, delete, reaction, member and room");
  }
  made.min_seq = min_seq_field(c);
  return made;
}

command parse_rooms(parse_context& c) {
  rooms_command made;
  made.id = c.id;
  made.min_seq = min_seq_field(c);
  made.after = c.fields.ascii(field_name::after, presence::optional, room_rule);
  made.limit = limit_field(c, made.limit);
  if (const auto order = c.fields.text(field_name::order, presence::optional)) {
    made.recent = *order == "recent";
    if (!made.recent && *order != "name") c.fields.invalid(field_name::order, "name or recent");
  }
  if (made.recent && !made.after.empty()) {
    c.fields.invalid(field_name::after, "given without order \"recent\"");
  }
  return made;
}

command parse_members(parse_context& c) {
  members_command made;
  made.id = c.id;
  made.room = room_field(c);
  made.after = c.fields.ascii(field_name::after, presence::optional, user_rule);
  made.limit = limit_field(c, made.limit);
  made.min_seq = min_seq_field(c);
  return made;
}

}  // namespace roomlog
