// Who may join, invite, kick and give roles.
#include "projections/fold/fold_steps.h"

namespace roomlog::fold_steps {
namespace {

judgement no_permission() {
  return judgement::refuse(reject_reason::no_permission);
}

bool is_plain(member_role role) {
  return role == member_role::writer || role == member_role::reader;
}

// Whether the actor outranks somebody of this role.
bool is_above(member_role actor, member_role other) {
  return actor == member_role::owner || (actor == member_role::admin && is_plain(other));
}

// Nobody could manage the room any more, nor make another owner.
bool is_last_owner(const room_state& in, const member_state& member) {
  return member.role == member_role::owner && in.owners == 1;
}

}  // namespace

judgement judge_member_change(fold_state& state, const room_state& in, member_role actor_role,
                              const event& ev, const member_changed& change) {
  if (in.direct) return no_permission();  // its pair is fixed for its life
  const bool own = change.change == member_change::joined || change.change == member_change::left;
  if (own && change.user != ev.actor) return no_permission();
  if (!own && !may_manage(actor_role)) return no_permission();

  const fold_state::member* found = state.find_member(in.id, change.user);
  const member_state target = found ? found->value : member_state{};
  const bool is_member = target.role != member_role::none;
  switch (change.change) {
    case member_change::joined:
      return is_member ? judgement::repeat(target.member_since) : judgement::accept();
    case member_change::invited:
      if (change.role != member_role::none && change.role != member_role::writer) {
        return no_permission();
      }
      return is_member ? judgement::repeat(target.member_since) : judgement::accept();
    case member_change::left:
      if (in.closed || in.members == 1) return judgement::accept();
      return is_last_owner(in, target) ? no_permission() : judgement::accept();
    case member_change::kicked:
      if (!is_member) return judgement::refuse(reject_reason::invalid_target);
      if (change.user == ev.actor || !is_above(actor_role, target.role)) return no_permission();
      return judgement::accept();
    case member_change::role:
      if (!is_member) return judgement::refuse(reject_reason::invalid_target);
      if (!is_above(actor_role, target.role) || !is_above(actor_role, change.role)) {
        return no_permission();
      }
      if (target.role == change.role) return judgement::repeat(target.role_since);
      return is_last_owner(in, target) ? no_permission() : judgement::accept();
  }
  return no_permission();
}

}  // namespace roomlog::fold_steps
