// What a room allows whom. Reads the state, changes nothing.
#include <algorithm>

#include "log/base/planted_bug.h"
#include "projections/fold/fold_steps.h"
#include "schemas/records/event_bodies.h"

namespace roomlog::fold_steps {
namespace {

bool may_write(member_role role) {
  return role != member_role::none && role != member_role::reader;
}
bool is_live_message(const std::optional<event_state>& e) {
  return e && e->kind == stored_kind::message && !e->deleted;
}

// The other one of a direct room, when the members are exactly one pair.
bool names_one_other(const room_created& f, std::string_view actor) {
  std::string_view other;
  for (std::string_view m : f.members) {
    if (m == actor || m == other) continue;
    if (!other.empty()) return false;
    other = m;
  }
  return !other.empty();
}

judgement judge_creation(fold_state& state, fold_state::room* in, const event& ev,
                         const room_created& f) {
  if (in) {
    const bool own = in->value.direct && state.role_of(in->value.id, ev.actor) != member_role::none;
    return own ? judgement::repeat(seq_no{1}) : judgement::refuse(reject_reason::room_exists);
  }
  if (f.direct && !names_one_other(f, ev.actor)) {
    return judgement::refuse(reject_reason::invalid_target);
  }
  return judgement::accept();
}

// Rules for a member that is there, in an open room.
struct member_rules {
  fold_state& state;
  const room_state& in;
  member_role role;
  const event& ev;

  judgement operator()(const room_changed&) const {
    return may_manage(role) ? judgement::accept() : judgement::refuse(reject_reason::no_permission);
  }
  judgement operator()(const member_changed& f) const {
    return judge_member_change(state, in, role, ev, f);
  }
  judgement operator()(const message_posted& f) const {
    if (!may_write(role)) return judgement::refuse(reject_reason::no_permission);
    if (f.reply_to.value != 0 && !is_live_message(state.find_event(in.id, f.reply_to))) {
      return judgement::refuse(reject_reason::invalid_target);
    }
    if (f.thread.value != 0) {
      const auto root = state.find_event(in.id, f.thread);
      if (!is_live_message(root) || root->in_thread) {
        return judgement::refuse(reject_reason::invalid_target);
      }
    }
    return judgement::accept();
  }
  judgement operator()(const message_edited& f) const { return touch_message(f.target, false); }
  judgement operator()(const message_deleted& f) const {
    return touch_message(f.target, may_manage(role));
  }
  judgement operator()(const reaction_changed& f) const {
    const judgement may = touch_message(f.target, true);
    if (may.what != judgement::answer::accept) return may;
    const auto last = state.tables().find_reaction(in.id, f, ev.actor);
    if (last && last->present != f.remove) return judgement::repeat(last->seq);
    if (!last && f.remove) return judgement::refuse(reject_reason::invalid_target);
    return judgement::accept();
  }
  // judge_creation() has decided it, and nothing else is an event of a room.
  judgement operator()(const room_created&) const { return no_event(); }
  template <seqless_body Body>
  judgement operator()(const Body&) const {
    return no_event();
  }

  static judgement no_event() { return judgement::refuse(reject_reason::no_permission); }

  judgement touch_message(seq_no target, bool of_anyone) const {
    if (!may_write(role)) return judgement::refuse(reject_reason::no_permission);
    const auto found = state.find_event(in.id, target);
    const bool dead_is_fine =
        planted("edit_of_deleted_accepted") && found && found->kind == stored_kind::message;
    if (!is_live_message(found) && !dead_is_fine) {
      return judgement::refuse(reject_reason::invalid_target);
    }
    if (!of_anyone && found->actor != ev.actor) {
      return judgement::refuse(reject_reason::no_permission);
    }
    return judgement::accept();
  }
};

}  // namespace

judgement judge(fold_state& state, fold_state::room* in, const event& ev) {
  if (const auto* creation = std::get_if<room_created>(&ev.facts)) {
    return judge_creation(state, in, ev, *creation);
  }
  if (!in) return judgement::refuse(reject_reason::unknown_room);
  const room_state& room = in->value;
  member_role role = state.role_of(room.id, ev.actor);
  if (planted("membership_one_event_late") && role == member_role::none) {
    const fold_state::member* former = state.find_member(room.id, ev.actor);
    if (former && former->value.role_since == room.head) role = member_role::writer;
  }
  const bool outsider = role == member_role::none;
  if (outsider && !room.is_public) return judgement::refuse(reject_reason::unknown_room);
  const auto* change = std::get_if<member_changed>(&ev.facts);
  const bool leaves = !outsider && change && change->change == member_change::left;
  if (room.closed && !leaves) return judgement::refuse(reject_reason::room_closed);
  if (outsider && (!change || change->change != member_change::joined)) {
    return judgement::refuse(reject_reason::not_member);
  }
  return std::visit(member_rules{state, room, role, ev}, ev.facts);
}

}  // namespace roomlog::fold_steps
