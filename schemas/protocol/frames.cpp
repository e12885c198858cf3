#include "schemas/protocol/frames.h"

#include "schemas/protocol/names.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/time_text.h"

namespace roomlog::frames {

namespace {

void put_time(json_object& object, std::string_view name, timestamp t) {
  auto& out = object.value_of(name);
  out += '"';
  append_time_text(out, t);
  out += '"';
}

void put_id(json_object& object, const command_id& id) {
  if (!id.empty()) object.raw(field_name::id, id);
}

void put_range(json_object& object, const lost_range& range) {
  object.field("from", range.from.value).field("to", range.to.value);
}

void put_list_end(json_object& frame, const list_facts& facts) {
  frame.field("more", facts.more);
  if (facts.more && !facts.next.empty()) frame.field("next_after", facts.next);
}

// A JSON array of the names.
std::string list_of(const protocol_features& features) {
  std::string list = "[";
  for_each_feature([&](std::string_view name, bool protocol_features::*served) {
    if (!(features.*served)) return;
    if (list.size() > 1) list += ',';
    list.append(1, '"').append(name).append(1, '"');
  });
  return list + ']';
}

}  // namespace

void hello(std::string& out, const hello_facts& facts) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::hello)
      .field(field_name::session, facts.session)
      .field(field_name::epoch, facts.epoch);
  put_time(frame, "server_time", facts.now);
  frame.field(field_name::ping_ms, facts.ping_ms);
  json_object named(frame.value_of(field_name::limits));
  named.field("frame_bytes", facts.limits.frame_bytes)
      .field(field_name::attempt_ms, facts.limits.attempt_ms)
      .field("in_flight", facts.limits.in_flight)
      .field("queries", facts.limits.queries)
      .field("subscriptions", facts.limits.subscriptions)
      .field("connections_per_user", facts.limits.connections_per_user);
  named.close();
  frame.raw(field_name::features, list_of(facts.features)).close();
}

void authenticated(std::string& out, const command_id& id, const principal& who) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::authenticated);
  put_id(frame, id);
  frame.field("user", who.user);
  if (!who.device.empty()) frame.field("device", who.device);
  if (who.expires.value != 0) put_time(frame, "expires", who.expires);
  frame.close();
}

void token_expiring(std::string& out, timestamp expires) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::token_expiring);
  put_time(frame, "expires", expires);
  frame.close();
}

void drain(std::string& out, std::uint64_t after_ms) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::drain).field(field_name::after_ms, after_ms).close();
}

void ok(std::string& out, const command_id& id) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::ok);
  put_id(frame, id);
  frame.close();
}

void pong(std::string& out, const command_id& id) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::pong);
  put_id(frame, id);
  frame.close();
}

void error(std::string& out, const command_id& id, std::string_view cid, const client_error& e) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::error);
  put_id(frame, id);
  if (!cid.empty()) frame.field(field_name::cid, cid);
  frame.field(field_name::code, to_string(e.code)).field(field_name::message, e.message);
  frame.field(field_name::temporary, e.temporary);
  if (e.retry_after_ms) frame.field(field_name::retry_after_ms, std::uint64_t{*e.retry_after_ms});
  if (!e.limit.empty()) frame.field(field_name::limit, e.limit);
  if (e.seq.value != 0) frame.field(field_name::seq, e.seq.value);
  if (!e.epoch.empty()) frame.field(field_name::epoch, e.epoch);
  frame.close();
}

void ack(std::string& out, const command_id& id, const command_ack& ack) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::ack);
  put_id(frame, id);
  frame.field(field_name::room, ack.room)
      .field(field_name::cid, ack.cid)
      .field(field_name::seq, ack.seq.value);
  frame.field(field_name::offset, ack.at.value);
  put_time(frame, field_name::ts, ack.ts);
  frame.field(field_name::duplicate, ack.duplicate).close();
}

void subscribed(std::string& out, const command_id& id, const subscribed_facts& facts) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::subscribed);
  put_id(frame, id);
  frame.field("room", facts.room).field("head", facts.head.value);
  frame.field("first_available", facts.first_available.value).field("epoch", facts.epoch);
  if (facts.lost) {
    json_object range(frame.value_of("lost"));
    put_range(range, *facts.lost);
    range.close();
  }
  frame.close();
}

void lost(std::string& out, std::string_view room, const lost_range& range) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::lost).field("room", room);
  put_range(frame, range);
  frame.close();
}

void live(std::string& out, std::string_view room, seq_no seq) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::live)
      .field("room", room)
      .field("seq", seq.value)
      .close();
}

bool event(std::string& out, const roomlog::event& ev, const event_standing& standing) {
  const auto before = out.size();
  if (append_event_json(out, ev, standing)) return true;
  out.resize(before);
  json_object frame(out);
  frame.field(field_name::type, frame_name::event).field("room", split_room_key(ev.room).room);
  frame.field("seq", standing.seq.value).field("offset", standing.at.value);
  put_time(frame, "ts", standing.ts);
  frame.field("kind", event_kind(ev)).field("actor", ev.actor).field("unreadable", true).close();
  return false;
}

void member(std::string& out, const member_facts& facts) {
  json_object entry(out);
  entry.field("user", facts.user);
  if (!facts.name.empty()) entry.field("name", facts.name);
  entry.field("role", to_string(facts.role)).close();
}

void listed_room(std::string& out, const listed_room_facts& facts) {
  json_object entry(out);
  entry.field("room", facts.room)
      .field("title", facts.title)
      .field("direct", facts.direct)
      .field("role", to_string(facts.role))
      .field("head", facts.head.value)
      .field("read", facts.read.value)
      .field("unread", facts.unread);
  if (facts.last != nullptr) (void)event(entry.value_of("last"), *facts.last, facts.last_standing);
  entry.close();
}

void page(std::string& out, const command_id& id, std::string_view room, const page_facts& facts,
          std::string_view events) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::page);
  put_id(frame, id);
  frame.field("room", room).raw("events", events).field("more", facts.more);
  if (facts.more) frame.field("next_seq", facts.next.value);
  if (facts.first_available.value > 1) frame.field("first_available", facts.first_available.value);
  if (facts.as_posted) frame.field("as_posted", true);
  frame.close();
}

void members(std::string& out, const command_id& id, std::string_view room, std::uint64_t count,
             const list_facts& facts, std::string_view members) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::members);
  put_id(frame, id);
  frame.field("room", room).field("count", count).raw("members", members);
  put_list_end(frame, facts);
  frame.close();
}

void rooms(std::string& out, const command_id& id, const list_facts& facts,
           std::string_view rooms) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::rooms);
  put_id(frame, id);
  frame.raw("rooms", rooms);
  put_list_end(frame, facts);
  frame.close();
}

void room(std::string& out, std::string_view room, const room_facts& facts,
          const list_facts& listed, std::string_view members) {
  json_object frame(out);
  frame.field(field_name::type, frame_name::room).field("room", room);
  if (!facts.title.empty()) frame.field("title", facts.title);
  frame.field("public", facts.is_public).field("direct", facts.direct);
  frame.field("head", facts.head.value).field("count", facts.members).raw("members", members);
  put_list_end(frame, listed);
  frame.close();
}

}  // namespace roomlog::frames
