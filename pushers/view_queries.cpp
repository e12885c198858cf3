#include "pushers/view_queries.h"

#include "pushers/frames.h"
#include "pushers/ws_frame.h"
#include "schemas/client_error.h"

namespace roomlog {

namespace {

bool puts_out(const event& ev, std::string_view user) {
  const auto* change = std::get_if<member_changed>(&ev.facts);
  return change != nullptr && change->user == user &&
         (change->change == member_change::left || change->change == member_change::kicked);
}

view_answer read(history_reader& history, const view_query& query, const history_command& what,
                 std::size_t page_bytes) {
  history_query wanted;
  wanted.before = what.before_seq;
  wanted.after = what.after_seq;
  wanted.limit = what.limit;
  wanted.bytes_max = page_bytes;
  wanted.kinds = what.kinds;
  const auto page = history.page(query.room_key, wanted);
  if (!page) return view_error(page.error());
  view_reply reply;
  frames::page(reply.json, what.id, what.room, *page);
  reply.ended_early = page->more && page->entries.size() < what.limit;
  return reply;
}

view_answer read(history_reader& history, const view_query& query, const members_command& what,
                 std::size_t) {
  const auto members = history.members(query.room_key);
  if (!members) return view_error(members.error());
  view_reply reply;
  frames::members(reply.json, what.id, what.room, *members);
  return reply;
}

view_answer read(history_reader& history, const view_query& query, const rooms_command& what,
                 std::size_t) {
  const auto rooms = history.rooms_of(query.tenant, query.user);
  if (!rooms) return view_error(rooms.error());
  view_reply reply;
  frames::rooms(reply.json, what.id, *rooms);
  return reply;
}

}  // namespace

loaded_page load_page(history_reader& history, const page_request& request) {
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
    append_ws_frame(out.bytes, ws_opcode::text, json);
    const auto seq = entry.standing.seq;
    out.frames.push_back({seq, static_cast<std::uint32_t>(out.bytes.size())});
    if (seq > request.granted && seq < out.last && puts_out(entry.ev, request.user)) out.last = seq;
  }
  return out;
}

client_error view_error(const error& e) {
  switch (e.code) {
    case errc::not_found:
      return make_client_error(error_code::unknown_room, "No such room");
    case errc::damaged:
    case errc::malformed:
      return make_client_error(error_code::internal, "The view is damaged");
    case errc::invalid:
      return make_lasting_error(error_code::unavailable, e.text);
    default:  // paths, topics and the like are no client's business
      return make_client_error(error_code::unavailable, "This cannot be read now");
  }
}

view_answer read_view(history_reader& history, const view_query& query, std::size_t page_bytes) {
  return std::visit([&](const auto& what) { return read(history, query, what, page_bytes); },
                    query.what);
}

query_answer answer_query(history_reader& history, const view_query& query,
                          std::size_t page_bytes) {
  auto answer = read_view(history, query, page_bytes);
  if (auto* reply = std::get_if<view_reply>(&answer))
    return {std::move(reply->json), reply->ended_early, {}};
  const auto& trouble = std::get<client_error>(answer);
  const auto& id =
      std::visit([](const auto& what) -> const command_id& { return what.id; }, query.what);
  query_answer refused{{}, false, trouble.code};
  frames::error(refused.frame, id, {}, trouble);
  return refused;
}

}  // namespace roomlog
