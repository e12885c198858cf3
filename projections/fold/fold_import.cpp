// Records that came from another log: time and verdict are those of their origin, so that a copy
// has the same seqs and the same room hashes. The room's rules were applied there.
#include "projections/fold/fold_steps.h"

namespace roomlog::fold_steps {
namespace {

verdict take_accepted(fold_state& state, fold_state::room* in, const record_view& record,
                      const event& ev) {
  const seq_no due = in ? next(in->value.head) : seq_no{1};
  const bool creates = std::holds_alternative<room_created>(ev.facts);
  if (ev.origin->seq != due || creates != (in == nullptr)) {
    state.halt("partition " + std::to_string(state.partition().value) + ", offset " +
               std::to_string(record.at.value) + ": imported event of room " +
               std::string(ev.room) + " has seq " + std::to_string(ev.origin->seq.value) +
               ", due is " +
               (creates == (in == nullptr)
                    ? std::to_string(due.value)
                    : std::string(creates ? "no second creation" : "the room's creation")));
    return plain(verdict_kind::control);
  }
  return accept(state, in, ev, record.at, ev.origin->append_time);
}

}  // namespace

verdict decide_imported(fold_state& state, const record_view& record, const event& ev) {
  if (!state.standing().importing) return rejected(reject_reason::malformed);
  fold_state::room* in = state.find_room(ev.room);
  if (in) {
    if (const auto first = find_first(state, in->value, ev)) return *first;
  }
  switch (static_cast<verdict_kind>(ev.origin->verdict)) {
    case verdict_kind::accepted:
      return take_accepted(state, in, record, ev);
    case verdict_kind::duplicate:
      // A command that asked for what was so already: its cid stays bound.
      if (in && ev.origin->seq.value >= 1 && ev.origin->seq <= in->value.head) {
        return repeat(state, in->value, ev, ev.origin->seq);
      }
      return rejected(reject_reason::malformed);
    default:
      return without_effect(static_cast<verdict_kind>(ev.origin->verdict));
  }
}

verdict without_effect(verdict_kind there) {
  switch (there) {
    case verdict_kind::conflict:
    case verdict_kind::rejected:
    case verdict_kind::stale_append:
    case verdict_kind::out_of_order:
      return plain(there);
    default:
      return rejected(reject_reason::malformed);
  }
}

}  // namespace roomlog::fold_steps
