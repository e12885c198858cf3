// Watermarks: how far members have received and read their room. A record of them is numbered as
// every append of a gateway is; it gets no seq, and each of its watermarks takes effect or not.
#include <algorithm>

#include "log/base/planted_bug.h"
#include "projections/fold/fold_steps.h"

namespace roomlog::fold_steps {
namespace {

// Moves the marks of one member and says which.
char advance(fold_state& state, const room_state& in, const watermark& to,
             std::vector<watermark_step>& steps) {
  if (to.delivered > in.head || to.read > in.head) return 0;
  fold_state::member* found = state.find_member(in.id, to.user);
  if (!found || found->value.role == member_role::none) return 0;
  member_state& marks = found->value;
  const watermark_step step{
      to.user, marks.delivered, marks.read, std::max({marks.delivered, to.delivered, to.read}),
      planted("watermark_goes_back") ? to.read : std::max(marks.read, to.read)};
  const int moved = (step.delivered != marks.delivered ? watermark_moves::delivered : 0) |
                    (step.read != marks.read ? watermark_moves::read : 0);
  if (moved == 0) return 0;
  marks.delivered = step.delivered;
  marks.read = step.read;
  state.touch(*found);
  steps.push_back(step);
  return static_cast<char>(moved);
}

verdict take_watermarks(fold_state& state, const record_view& record, const event& ev,
                        const watermarks_advanced& facts) {
  const fold_state::room* in = state.find_room(ev.room);
  if (!in) return rejected(reject_reason::unknown_room);
  watermark_result& result = state.moved();
  result.steps.clear();
  result.moved.clear();
  for (const watermark& one : facts.watermarks) {
    result.moved += advance(state, in->value, one, result.steps);
  }
  verdict v = plain(verdict_kind::advanced);
  const timestamp came = ev.origin ? ev.origin->append_time : record.append_time;
  v.shown_time = std::max(came, in->value.last_time);
  if (!result.steps.empty()) state.tables().put_moves(record.at, {v.shown_time, result.moved});
  return v;
}

}  // namespace

verdict decide_watermarks(fold_state& state, const record_view& record, const event& ev) {
  if (ev.origin) {
    if (!state.standing().importing) return rejected(reject_reason::malformed);
    const auto there = static_cast<verdict_kind>(ev.origin->verdict);
    if (there != verdict_kind::advanced) return without_effect(there);
  } else if (const auto out_of_turn = check_append(state, ev.append)) {
    return *out_of_turn;
  }
  return take_watermarks(state, record, ev, std::get<watermarks_advanced>(ev.facts));
}

}  // namespace roomlog::fold_steps
