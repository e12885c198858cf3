#include "pushers/queries/view_queries.h"

#include "pushers/queries/read_errors.h"
#include "pushers/queries/room_access.h"
#include "pushers/transport/ws_frame.h"
#include "schemas/protocol/client_error.h"
#include "schemas/protocol/frames.h"

namespace roomlog {

namespace {

constexpr std::size_t room_members_max = 200;  // of those that a room is shown with

// What the page shows of the history: its entries as JSON, and where it ends.
std::string events_of(const history_page& page, json_list& list, bool forward,
                      frames::page_facts& facts) {
  const auto& entries = page.entries;
  seq_no last;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[forward ? i : entries.size() - 1 - i];
    std::string json;
    (void)frames::event(json, entry.ev, entry.standing);  // unreadable content shows as such
    if (!list.add(std::move(json))) {
      facts.more = true;
      facts.next = last;
      break;
    }
    last = entry.standing.seq;
  }
  return forward ? list.in_order() : list.reversed();
}

view_answer read(const read_sources& from, const view_query& query, const history_command& what,
                 markup rule) {
  client_error why;
  const auto room = readable_room(from.fold, query.room_key, query.user, why);
  if (!room) return why;
  history_query wanted;
  wanted.before = what.before_seq;
  wanted.after = what.after_seq;
  if (what.since) {
    const auto first = from.fold.first_seq_since(query.room_key, *what.since);
    if (!first) return view_error(first.error());
    wanted.after = seq_no{first->value - 1};
  }
  wanted.upto = room->head;
  wanted.limit = what.limit;
  wanted.bytes_max = from.limits.query_page_bytes;
  wanted.scan_max = from.limits.query_scan_max;
  wanted.kinds = what.kinds;
  const auto page = from.history.page(query.room_key, wanted);
  if (!page) return view_error(page.error());
  frames::page_facts facts{page->more, page->next, page->first_available, page->as_posted};
  json_list list(from.limits.query_page_bytes, rule);
  const auto events = events_of(*page, list, wanted.after.has_value(), facts);
  view_reply reply;
  frames::page(reply.json, what.id, what.room, facts, events);
  reply.ended_early = facts.more && list.size() < what.limit;
  return reply;
}

struct members_list {
  std::string json;
  frames::list_facts facts;
  std::size_t size = 0;
  room_info room;  // as checked when the list was read
};
std::variant<members_list, client_error> list_of_members(const read_sources& from,
                                                         std::string_view room_key,
                                                         std::string_view user,
                                                         const list_query& wanted, markup rule) {
  client_error why;
  if (!readable_room(from.fold, room_key, user, why)) return why;
  const auto page = from.history.members(room_key, wanted);
  if (!page) return view_error(page.error());
  const auto room = readable_room(from.fold, room_key, user, why);
  if (!room) return why;
  members_list made{{}, {page->more, page->next}, 0, *room};
  json_list list(from.limits.query_page_bytes, rule);
  for (const auto& member : page->members) {
    std::string json;
    frames::member(json, {member.user, member.name, member.role});
    if (!list.add(std::move(json))) {
      made.facts = {true, page->members[list.size() - 1].user};
      break;
    }
  }
  made.json = list.in_order();
  made.size = list.size();
  return made;
}

view_answer read(const read_sources& from, const view_query& query, const members_command& what,
                 markup rule) {
  const auto listed = list_of_members(from, query.room_key, query.user,
                                      {what.after, what.limit, from.limits.query_scan_max}, rule);
  if (const auto* refused = std::get_if<client_error>(&listed)) return *refused;
  const auto& made = std::get<members_list>(listed);
  view_reply reply;
  frames::members(reply.json, what.id, what.room, made.room.members, made.facts, made.json);
  reply.ended_early = made.facts.more && made.size < what.limit;
  return reply;
}

frames::listed_room_facts facts_of(const room_entry& room) {
  frames::listed_room_facts facts{split_room_key(room.room).room,
                                  room.title,
                                  room.direct,
                                  room.role,
                                  room.head,
                                  room.read,
                                  room.unread};
  if (room.last) {
    facts.last = &room.last->ev;
    facts.last_standing = room.last->standing;
  }
  return facts;
}

view_answer read(const read_sources& from, const view_query& query, const rooms_command& what,
                 markup rule) {
  rooms_query wanted;
  wanted.after = what.after;
  wanted.limit = what.limit;
  wanted.scan_max = from.limits.query_scan_max;
  wanted.order = what.recent ? room_order::recent : room_order::by_name;
  wanted.bytes_max = from.limits.query_page_bytes;
  const auto page = from.history.rooms_of(query.tenant, query.user, wanted);
  if (!page) return view_error(page.error());
  frames::list_facts facts{page->more, page->next};
  json_list list(from.limits.query_page_bytes, rule);
  for (const auto& room : page->rooms) {
    std::string json;
    frames::listed_room(json, facts_of(room));
    if (list.add(std::move(json))) continue;
    facts.more = true;
    if (!what.recent) facts.next = split_room_key(page->rooms[list.size() - 1].room).room;
    break;
  }
  view_reply reply;
  frames::rooms(reply.json, what.id, facts, list.in_order());
  reply.ended_early = facts.more && list.size() < what.limit;
  return reply;
}

}  // namespace

view_answer read_room(const read_sources& from, std::string_view room_key, std::string_view user,
                      markup rule) {
  const auto title = from.history.title_of(room_key);
  if (!title) return view_error(title.error());
  const auto listed = list_of_members(from, room_key, user,
                                      {{}, room_members_max, from.limits.query_scan_max}, rule);
  if (const auto* refused = std::get_if<client_error>(&listed)) return *refused;
  const auto& made = std::get<members_list>(listed);
  const auto& room = made.room;
  view_reply reply;
  frames::room(reply.json, split_room_key(room_key).room,
               {*title, room.is_public, room.direct, room.head, room.members}, made.facts,
               made.json);
  return reply;
}

loaded_page load_page(history_source& history, const page_request& request) {
  loaded_page out;
  out.serial = request.serial;
  const auto page = history.events_from(request.room, request.first, request.bytes_max);
  if (!page) {
    out.failed = true;
    return out;
  }
  out.first_available = page->first_available;
  out.frames.reserve(page->entries.size());
  std::string json;
  for (const auto& entry : page->entries) {
    json.clear();
    (void)frames::event(json, entry.ev, entry.standing);  // unreadable content shows as such
    if (!out.frames.empty() && out.bytes.size() + json.size() > request.bytes_max) break;
    append_ws_frame(out.bytes, ws_opcode::text, json);
    const auto seq = entry.standing.seq;
    out.frames.push_back({seq, static_cast<std::uint32_t>(out.bytes.size())});
    const bool ends = !request.user.empty() && user_put_out(entry.ev) == request.user;
    if (seq > request.granted && seq < out.last && ends) out.last = seq;
  }
  return out;
}

view_answer read_view(const read_sources& from, const view_query& query, markup rule) {
  return std::visit([&](const auto& what) { return read(from, query, what, rule); }, query.what);
}

found_cursor find_cursor(const fold_lookup& fold, const cursor_request& request) {
  found_cursor found;
  found.ticket = request.ticket;
  if (request.after_offset)
    found.first = fold.first_seq_after(request.room_key, *request.after_offset);
  else if (request.since)
    found.first = fold.first_seq_since(request.room_key, *request.since);
  found.available = fold.first_available(request.room_key);
  return found;
}

query_answer answer_query(const read_sources& from, const view_query& query) {
  auto answer = read_view(from, query, markup::kept);
  if (auto* reply = std::get_if<view_reply>(&answer))
    return {query.ticket, std::move(reply->json), reply->ended_early, {}};
  const auto& trouble = std::get<client_error>(answer);
  const auto& id =
      std::visit([](const auto& what) -> const command_id& { return what.id; }, query.what);
  query_answer refused{query.ticket, {}, false, trouble.code};
  frames::error(refused.frame, id, {}, trouble);
  return refused;
}

}  // namespace roomlog
