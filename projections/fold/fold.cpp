#include "projections/fold/fold.h"

#include <algorithm>

#include "log/base/clock.h"
#include "log/base/planted_bug.h"
#include "log/partitioner.h"
#include "projections/fold/fold_hash.h"
#include "projections/fold/fold_steps.h"
#include "schemas/records/event_bodies.h"
#include "schemas/text/emoji.h"

namespace roomlog {

using namespace fold_steps;

bool is_room_event(const event& ev) noexcept {
  return entry_of(ev.facts).is_room_event();
}

namespace {

struct facts_in_range {
  bool operator()(const room_created& f) const {
    for (std::string_view m : f.members) {
      if (!is_id(m)) return false;
    }
    return true;
  }
  bool operator()(const room_changed&) const { return true; }
  bool operator()(const member_changed& f) const {
    if (!is_id(f.user) || f.change < member_change::joined || f.change > member_change::role ||
        f.role > member_role::reader) {
      return false;
    }
    return f.change != member_change::role || f.role != member_role::none;
  }
  bool operator()(const message_posted&) const { return true; }
  bool operator()(const message_edited&) const { return true; }
  bool operator()(const message_deleted&) const { return true; }
  bool operator()(const reaction_changed& f) const { return is_emoji(f.emoji); }
  bool operator()(const watermarks_advanced& f) const {
    if (f.watermarks.empty() || f.watermarks.size() > watermarks_max) return false;
    return std::ranges::all_of(f.watermarks, [](const watermark& w) { return is_id(w.user); });
  }
  bool operator()(const principal_revoked& f) const {
    const room_key who = split_room_key(f.user);  // "tenant/user" divides as "tenant/room" does
    return !who.tenant.empty() && !who.room.empty() && f.user.size() <= principal_bytes_max &&
           f.device.size() <= id_bytes_max;
  }
  template <seqless_body Body>
  bool operator()(const Body&) const {
    return true;
  }
};

// Orders 5 and 6. `in` is null where the room does not exist.
judgement rule_on(fold_state& state, fold_state::room* in, const event& ev) {
  if (!ev.after_cid.empty() && (!in || !state.find_command(in->value.id, ev.actor, ev.after_cid))) {
    return judgement::refuse(reject_reason::predecessor_missing);
  }
  return judge(state, in, ev);
}

// Orders 3 to 7, for a record whose append was in its turn.
verdict decide_command(fold_state& state, const record_view& record, const event& ev) {
  fold_state::room* in = state.find_room(ev.room);
  if (in) {
    if (const auto first = find_first(state, in->value, ev)) return *first;
  }
  const timestamp now =
      planted("verdict_by_wall_clock") ? system_clock_source().now() : record.append_time;
  if (ev.deadline.value != 0 && now > ev.deadline) {
    return rejected(reject_reason::expired);
  }
  const judgement ruling = rule_on(state, in, ev);
  switch (ruling.what) {
    case judgement::answer::refuse:
      return rejected(ruling.reason);
    case judgement::answer::repeat:
      return repeat(state, in->value, ev, ruling.repeats);
    case judgement::answer::accept:
      break;
  }
  return accept(state, in, ev, record.at, record.append_time);
}

// Or a room could be in two partitions, each with seqs and members of its own.
bool is_misplaced(fold_state& state, std::string_view room) {
  const std::uint32_t partitions = state.standing().partitions;
  return partitions > 1 && partition_of(room, partitions) != state.partition();
}

verdict decide_record(fold_state& state, const record_view& record, const event* ev) {
  if (!ev || !is_well_formed(*ev)) return rejected(reject_reason::malformed);
  const bool watermarks = std::holds_alternative<watermarks_advanced>(ev->facts);
  if (!watermarks && !is_room_event(*ev)) return decide_control(state, record, *ev);
  if (is_misplaced(state, ev->room)) return rejected(reject_reason::malformed);
  if (watermarks) return decide_watermarks(state, record, *ev);
  if (ev->origin) return decide_imported(state, record, *ev);
  if (const auto out_of_turn = check_append(state, ev->append)) return *out_of_turn;
  return decide_command(state, record, *ev);
}

}  // namespace

namespace fold_steps {

bool is_well_formed(const event& ev) noexcept {
  if (ev.append.gateway.size() > id_bytes_max || !std::visit(facts_in_range{}, ev.facts)) {
    return false;
  }
  if (std::holds_alternative<watermarks_advanced>(ev.facts)) return is_id(ev.room);
  if (!is_room_event(ev)) return true;
  return is_id(ev.room) && is_id(ev.actor) && is_id(ev.cid) && ev.after_cid.size() <= id_bytes_max;
}

std::optional<verdict> check_append(fold_state& state, const append_id& id) {
  fold_state::gateway* from = state.find_gateway(id.gateway);
  if (!from || from->value.counter != id.counter || from->value.nonce != id.nonce ||
      id.number <= from->value.last_number) {
    return plain(verdict_kind::stale_append);
  }
  if (id.number > from->value.last_number + 1) return plain(verdict_kind::out_of_order);
  from->value.last_number = id.number;
  state.touch(*from);
  return std::nullopt;
}

namespace {

verdict naming_first(fold_state& state, const room_state& in, verdict_kind kind, seq_no first) {
  verdict v = plain(kind);
  v.seq = first;
  if (const auto posted = state.find_event(in.id, first)) {
    v.first_offset = posted->at;
    v.shown_time = posted->shown_time;
  }
  return v;
}

}  // namespace

std::optional<verdict> find_first(fold_state& state, const room_state& in, const event& ev) {
  const auto first = state.find_command(in.id, ev.actor, ev.cid);
  if (!first) return std::nullopt;
  const bool same = is_same_command(first->algorithm, first->digest, ev.digest_alg, ev.digest);
  return naming_first(state, in, same ? verdict_kind::duplicate : verdict_kind::conflict,
                      first->seq);
}

verdict repeat(fold_state& state, const room_state& in, const event& ev, seq_no seq) {
  state.put_command(in.id, ev.actor, ev.cid, {seq, ev.digest_alg, ev.digest});
  return naming_first(state, in, verdict_kind::duplicate, seq);
}

}  // namespace fold_steps

std::optional<reject_reason> would_refuse(fold_state& state, const event& ev) {
  const judgement ruling = rule_on(state, state.find_room(ev.room), ev);
  if (ruling.what != judgement::answer::refuse) return std::nullopt;
  return ruling.reason;
}

verdict decide(fold_state& state, const record_view& record, const event* ev) {
  const verdict v = decide_record(state, record, ev);
  if (!state.halted().empty()) return v;
  partition_state& standing = state.standing();
  standing.last = record.at;
  standing.next = next(record.at);
  standing.last_digest = hash_bytes(record.value);
  standing.refused_seal = {};
  const bool advanced = v.kind == verdict_kind::advanced;
  standing.hash = next_partition_hash(standing.hash, record.at, standing.last_digest, v,
                                      advanced ? state.moved().moved : std::string_view());
  state.hashes().note(standing.next, standing.hash);
  return v;
}

}  // namespace roomlog
