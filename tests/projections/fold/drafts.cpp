#include "tests/projections/fold/drafts.h"

#include <deque>
#include <functional>
#include <mutex>

#include "schemas/records/codec.h"

namespace roomlog::testing {

std::string_view keep(std::string text) {
  static std::mutex mutex;
  static std::deque<std::string> kept;
  const std::lock_guard lock(mutex);
  return kept.emplace_back(std::move(text));
}

command_digest digest_of(std::uint64_t number) {
  command_digest digest{};
  for (std::size_t i = 0; i < 8; ++i) digest[i] = static_cast<std::byte>(number >> (8 * i));
  digest[15] = std::byte{1};
  return digest;
}

event by(std::string_view actor, std::string_view cid, std::string_view room) {
  event e;
  e.actor = actor;
  e.cid = cid;
  e.room = room;
  e.device = "d1";
  e.digest = digest_of(std::hash<std::string_view>{}(cid));
  e.digest_alg = digest_algorithm::sha256_128_v1;
  return e;
}

namespace {

event with(event e, event_facts facts) {
  e.facts = std::move(facts);
  return e;
}

byte_view text_content(std::string_view text) {
  message_content content;
  content.text = text;
  return as_byte_view(keep(encode(content)));
}

byte_view title_content(std::string_view title) {
  room_content content;
  content.title = title;
  return as_byte_view(keep(encode(content)));
}

event about(event e, member_change change, std::string_view user,
            member_role role = member_role::none) {
  return with(std::move(e), member_changed{change, user, role});
}

}  // namespace

event creates(std::string_view actor, std::string_view cid, std::string_view room) {
  return with(by(actor, cid, room), room_created{true, false, {}});
}

event creates_private(std::string_view actor, std::string_view cid,
                      std::vector<std::string_view> members, std::string_view room) {
  return with(by(actor, cid, room), room_created{false, false, std::move(members)});
}

event creates_direct(std::string_view actor, std::string_view cid, std::string_view other,
                     std::string_view room) {
  return with(by(actor, cid, room), room_created{false, true, {other}});
}

event joins(std::string_view actor, std::string_view cid, std::string_view room) {
  return about(by(actor, cid, room), member_change::joined, actor);
}

event leaves(std::string_view actor, std::string_view cid, std::string_view room) {
  return about(by(actor, cid, room), member_change::left, actor);
}

event invites(std::string_view actor, std::string_view cid, std::string_view user,
              std::string_view room) {
  return about(by(actor, cid, room), member_change::invited, user, member_role::writer);
}

event kicks(std::string_view actor, std::string_view cid, std::string_view user,
            std::string_view room) {
  return about(by(actor, cid, room), member_change::kicked, user);
}

event gives_role(std::string_view actor, std::string_view cid, std::string_view user,
                 member_role role, std::string_view room) {
  return about(by(actor, cid, room), member_change::role, user, role);
}

event changes_room(std::string_view actor, std::string_view cid, std::string_view title, bool close,
                   std::string_view room) {
  event e = with(by(actor, cid, room), room_changed{close});
  if (!title.empty()) e.content = title_content(title);
  return e;
}

event says(std::string_view actor, std::string_view cid, std::string_view text,
           std::string_view room) {
  event e = with(by(actor, cid, room), message_posted{});
  e.content = text_content(text);
  return e;
}

event replies(std::string_view actor, std::string_view cid, std::uint64_t reply_to,
              std::uint64_t thread, std::string_view room) {
  event e = says(actor, cid, "a reply", room);
  e.facts = message_posted{seq_no{thread}, seq_no{reply_to}};
  return e;
}

event edits(std::string_view actor, std::string_view cid, std::uint64_t target,
            std::string_view text, std::string_view room) {
  event e = with(by(actor, cid, room), message_edited{seq_no{target}});
  e.content = text_content(text);
  return e;
}

event deletes(std::string_view actor, std::string_view cid, std::uint64_t target,
              std::string_view room) {
  return with(by(actor, cid, room), message_deleted{seq_no{target}});
}

event reacts(std::string_view actor, std::string_view cid, std::uint64_t target,
             std::string_view room, std::string_view emoji) {
  return with(by(actor, cid, room), reaction_changed{seq_no{target}, emoji, false});
}

event takes_back(std::string_view actor, std::string_view cid, std::uint64_t target,
                 std::string_view room, std::string_view emoji) {
  return with(by(actor, cid, room), reaction_changed{seq_no{target}, emoji, true});
}

event advances(const std::vector<mark>& marks, std::string_view room) {
  watermarks_advanced facts;
  for (const mark& one : marks) {
    facts.watermarks.push_back({one.user, seq_no{one.delivered}, seq_no{one.read}});
  }
  event e = control_record(std::move(facts));
  e.room = room;
  return e;
}

event fence(std::string_view gateway, std::uint64_t counter, std::uint64_t nonce) {
  event e;
  e.append = {gateway, counter, nonce, 0};
  e.facts = gateway_fence{};
  return e;
}

event control_record(event_facts facts) {
  event e;
  e.facts = std::move(facts);
  return e;
}

}  // namespace roomlog::testing
