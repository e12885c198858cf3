// What an accepted event does to the state.
#include <algorithm>

#include "projections/fold/fold_hash.h"
#include "projections/fold/fold_steps.h"

namespace roomlog::fold_steps {
namespace {

void give_role(fold_state& state, fold_state::room& in, std::string_view user, member_role role,
               seq_no by) {
  fold_state::member& m = state.member_named(in.value.id, user);
  const bool was = m.value.role != member_role::none;
  const bool is = role != member_role::none;
  if (is && !was) {
    ++in.value.members;
    m.value.member_since = by;
  }
  if (was && !is) --in.value.members;
  if (m.value.role == member_role::owner) --in.value.owners;
  if (role == member_role::owner) ++in.value.owners;
  m.value.role = role;
  m.value.role_since = by;
  state.touch(m);
}

struct effect {
  fold_state& state;
  fold_state::room& in;
  const event& ev;
  seq_no seq;

  void operator()(const room_created& f) const {
    in.value.is_public = f.is_public && !f.direct;
    in.value.direct = f.direct;
    for (std::string_view user : f.members) {
      if (state.role_of(in.value.id, user) == member_role::none) {
        give_role(state, in, user, member_role::writer, seq);
      }
    }
    give_role(state, in, ev.actor, member_role::owner, seq);
  }
  void operator()(const room_changed& f) const {
    if (f.closed) in.value.closed = true;
  }
  void operator()(const member_changed& f) const {
    switch (f.change) {
      case member_change::joined:
      case member_change::invited:
        give_role(state, in, f.user, member_role::writer, seq);
        break;
      case member_change::left:
      case member_change::kicked:
        give_role(state, in, f.user, member_role::none, seq);
        break;
      case member_change::role:
        give_role(state, in, f.user, f.role, seq);
        break;
    }
  }
  void operator()(const message_posted&) const {}
  void operator()(const message_edited&) const {}
  void operator()(const message_deleted& f) const {
    auto target = state.find_event(in.value.id, f.target);
    if (!target) return;
    target->deleted = true;
    state.put_event(in.value.id, f.target, *target);
  }
  void operator()(const reaction_changed& f) const {
    state.tables().put_reaction(in.value.id, f, ev.actor, {seq, !f.remove});
  }
  template <seqless_body Body>
  void operator()(const Body&) const {}
};

stored_kind kind_of_facts(const event_facts& facts) {
  return static_cast<stored_kind>(entry_of(facts).number);
}

}  // namespace

verdict accept(fold_state& state, fold_state::room* in, const event& ev, offset at,
               timestamp append_time) {
  fold_state::room& room = in ? *in : state.add_room(ev.room);
  room_state& r = room.value;
  r.head = next(r.head);
  state.expect_event(r.id, r.head);
  r.last_time = std::max(append_time, timestamp{r.last_time.value + 1});
  r.hash = next_room_hash(r.hash, r.head, event_digest(ev, state.scratch()), r.last_time);
  state.touch(room);
  state.put_command(r.id, ev.actor, ev.cid, {r.head, ev.digest_alg, ev.digest});
  const auto* message = std::get_if<message_posted>(&ev.facts);
  if (message != nullptr) ++r.messages;
  const bool in_thread = message != nullptr && message->thread.value != 0;
  state.put_event(
      r.id, r.head,
      {at, r.last_time, kind_of_facts(ev.facts), false, in_thread, r.messages, ev.actor});
  std::visit(effect{state, room, ev, r.head}, ev.facts);
  return {verdict_kind::accepted, reject_reason::none, r.head, at, r.last_time};
}

}  // namespace roomlog::fold_steps
