#include "projections/views/rooms_view.h"

#include "projections/store/big_endian.h"
#include "schemas/records/codec.h"
#include "schemas/records/event_bodies.h"

namespace roomlog {

void room_listing::encode(std::string& out) const {
  append_sized(out, room);
  append_sized(out, title);
  append_big_endian(out, static_cast<std::uint8_t>(direct ? 1 : 0));
  append_big_endian(out, messages);
  append_big_endian(out, last_message.value);
  append_big_endian(out, last_time.value);
}

room_listing room_listing::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  room_listing r;
  r.room = in.sized();
  r.title = in.sized();
  r.direct = in.number<std::uint8_t>() != 0;
  r.messages = in.number<std::uint64_t>();
  r.last_message = seq_no{in.number<std::uint64_t>()};
  r.last_time = timestamp{in.number<std::int64_t>()};
  return r;
}

void member_listing::encode(std::string& out) const {
  append_big_endian(out, static_cast<std::uint8_t>(role));
  append_big_endian(out, messages);
  out.append(name);
}

member_listing member_listing::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  member_listing m;
  m.role = static_cast<member_role>(in.number<std::uint8_t>());
  m.messages = in.number<std::uint64_t>();
  m.name = in.rest();
  return m;
}

namespace {

key_builder rooms_key(partition_id partition, char table) {
  return {rooms_view_id, rooms_view_version, partition, table};
}

}  // namespace

key_builder room_listing_key(partition_id partition, room_id in) {
  return rooms_key(partition, 'R').number(in.value);
}

key_builder member_listing_key(partition_id partition, room_id in) {
  return rooms_key(partition, 'M').number(in.value);
}

key_builder rooms_of_user_key(partition_id partition, std::string_view tenant,
                              std::string_view user) {
  return rooms_key(partition, 'U').sized(tenant).sized(user);
}

room_of_user room_of_user::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  const room_id id{in.number<std::uint32_t>()};
  return {id, in.number<std::uint8_t>() != 0};
}

// What one event does to the listings.
struct rooms_view::change {
  rooms_view& view;
  room_id in;
  room& listing;
  const decided_event& decided;

  void operator()(const room_created& f) const {
    const event& ev = decided.ev;
    listing.value.room = ev.room;
    listing.value.direct = f.direct;
    take_title();
    for (std::string_view user : f.members) {
      if (user != ev.actor) view.give_role(in, ev.room, user, member_role::writer);
    }
    view.give_role(in, ev.room, ev.actor, member_role::owner);
  }
  void operator()(const room_changed&) const { take_title(); }
  void operator()(const member_changed& f) const {
    const bool gone = f.change == member_change::left || f.change == member_change::kicked;
    const member_role role = gone                              ? member_role::none
                             : f.change == member_change::role ? f.role
                                                               : member_role::writer;
    view.give_role(in, decided.ev.room, f.user, role);
  }
  void operator()(const message_posted&) const {
    ++listing.value.messages;
    listing.value.last_message = decided.decision.seq;
    member& author = view.member_of(in, decided.ev.actor);
    ++author.value.messages;
    view.members_.touch(author);
  }
  void operator()(const message_deleted& f) const {
    const auto target = view.fold_.find_event(in, f.target);
    if (!target) return;
    --listing.value.messages;
    member& author = view.member_of(in, std::string(target->actor));
    --author.value.messages;
    view.members_.touch(author);
  }
  void operator()(const message_edited&) const {}
  void operator()(const reaction_changed&) const {}
  template <seqless_body Body>
  void operator()(const Body&) const {}

  // An empty title says nothing; sealed content is not for views.
  void take_title() const {
    if (decided.ev.body_encoding != 0 || decided.ev.content.empty()) return;
    const auto content = decode_room_content(decided.ev.content);
    if (content && !content->title.empty()) listing.value.title = content->title;
  }
};

rooms_view::member& rooms_view::member_of(room_id in, std::string_view user) {
  return members_.find_or_add(store_, member_listing_key(fold_.partition(), in).text(user));
}

void rooms_view::give_role(room_id in, std::string_view room, std::string_view user,
                           member_role role) {
  member& m = member_of(in, user);
  m.value.role = role;
  members_.touch(m);
  const auto named = split_room_key(room);
  std::string value;
  append_big_endian(value, in.value);
  append_big_endian(value, static_cast<std::uint8_t>(role != member_role::none ? 1 : 0));
  store_.put(rooms_of_user_key(fold_.partition(), named.tenant, user).text(named.room), value);
}

void rooms_view::apply(room_id in, const record_view&, const decided_event& decided) {
  room& listing = rooms_.find_or_add(store_, room_listing_key(fold_.partition(), in));
  listing.value.last_time = decided.decision.shown_time;
  std::visit(change{*this, in, listing, decided}, decided.ev.facts);
  rooms_.touch(listing);
  if (decided.ev.actor_name.empty()) return;
  member& actor = member_of(in, decided.ev.actor);
  if (actor.value.name == decided.ev.actor_name) return;
  actor.value.name = decided.ev.actor_name;
  members_.touch(actor);
}

void rooms_view::stage_records() {
  rooms_.stage(store_);
  members_.stage(store_);
}

}  // namespace roomlog
