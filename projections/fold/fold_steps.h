// The fold's inner steps, one file each: fold_control.cpp, fold_watermarks.cpp, fold_rules.cpp,
// fold_member_rules.cpp, fold_effects.cpp, fold_import.cpp. Only fold*.cpp includes this.
#pragma once

#include <optional>

#include "projections/fold/fold.h"

namespace roomlog::fold_steps {

inline verdict rejected(reject_reason reason) {
  verdict v;
  v.kind = verdict_kind::rejected;
  v.reason = reason;
  return v;
}
inline verdict plain(verdict_kind kind) {
  verdict v;
  v.kind = kind;
  return v;
}

// Whether ids, enumerations and targets are within their ranges; checked first.
bool is_well_formed(const event& ev) noexcept;

// Order 2: compares with the fence in force and takes the number. None: the append is in its turn.
std::optional<verdict> check_append(fold_state& state, const append_id& id);

// What the room's rules say of a command (order 6).
struct judgement {
  enum class answer { accept, refuse, repeat };
  answer what = answer::accept;
  reject_reason reason = reject_reason::none;  // refuse
  seq_no repeats;                              // repeat: what is asked for is so since this event

  static judgement accept() { return {}; }
  static judgement refuse(reject_reason why) { return {answer::refuse, why, {}}; }
  static judgement repeat(seq_no first) { return {answer::repeat, reject_reason::none, first}; }
};
inline bool may_manage(member_role role) {
  return role == member_role::owner || role == member_role::admin;
}

// `in` is null where the room does not exist.
judgement judge(fold_state& state, fold_state::room* in, const event& ev);
judgement judge_member_change(fold_state& state, const room_state& in, member_role actor_role,
                              const event& ev, const member_changed& change);

// Gives an event its seq, shown time and place in the index, and makes it take effect.
// `in` is null for room_created.
verdict accept(fold_state& state, fold_state::room* in, const event& ev, offset at,
               timestamp append_time);
// Answers with the event `seq` of the room; binds the cid to it where it is not yet.
verdict repeat(fold_state& state, const room_state& in, const event& ev, seq_no seq);
// The first of (room, actor, cid), as a duplicate or a conflict; none when there was none.
std::optional<verdict> find_first(fold_state& state, const room_state& in, const event& ev);

verdict decide_control(fold_state& state, const record_view& record, const event& ev);
verdict decide_watermarks(fold_state& state, const record_view& record, const event& ev);
verdict decide_imported(fold_state& state, const record_view& record, const event& ev);
// Of an imported record whose verdict in its own log had no effect.
verdict without_effect(verdict_kind there);

}  // namespace roomlog::fold_steps
