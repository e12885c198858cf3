// Control records: they are in no room and get no seq.
#include "log/base/hex.h"
#include "projections/fold/fold_steps.h"

namespace roomlog::fold_steps {
namespace {

std::string place(const fold_state& state, const record_view& record) {
  return "partition " + std::to_string(state.partition().value) + ", offset " +
         std::to_string(record.at.value) + ": ";
}

// Each returns the verdict; state.halt() where the partition must stop.
struct control_step {
  fold_state& state;
  const record_view& record;
  const event& ev;

  verdict operator()(const log_descriptor& d) const {
    partition_state& standing = state.standing();
    if (!standing.described) {
      standing.described = true;
      standing.epoch = d.epoch;
    }
    return plain(verdict_kind::control);
  }
  verdict operator()(const gateway_fence&) const {
    if (ev.append.gateway.empty()) return rejected(reject_reason::malformed);
    const fold_state::gateway* present = state.find_gateway(ev.append.gateway);
    if (ev.append.counter <= (present ? present->value.counter : 0)) {
      return plain(verdict_kind::stale_append);
    }
    fold_state::gateway& fenced = state.gateway_named(ev.append.gateway);
    fenced.value = {ev.append.counter, ev.append.nonce, 0};
    state.touch(fenced);
    return plain(verdict_kind::control);
  }
  verdict operator()(const epoch_changed& e) const {
    state.standing().epoch = e.epoch;
    return plain(verdict_kind::control);
  }
  verdict operator()(const import_begun&) const {
    state.standing().importing = true;
    return plain(verdict_kind::control);
  }
  verdict operator()(const fold_activated& f) const {
    if (f.fold_version > fold_version) {
      state.halt(place(state, record) + "needs fold version " + std::to_string(f.fold_version) +
                 ", this build has " + std::to_string(fold_version));
    }
    return plain(verdict_kind::control);
  }
  // Can be compared only where it stands right behind what it covers.
  verdict operator()(const log_sealed& seal) const {
    if (seal.upto == state.standing().next && seal.upto == record.at &&
        seal.hash != state.standing().hash) {
      state.halt(place(state, record) + "the fold's hash is " + hex_text(state.standing().hash) +
                 ", the log's seal says " + hex_text(seal.hash));
    }
    return plain(verdict_kind::control);
  }
  // A newer writer's: ignored, but its append number counts.
  verdict operator()(const unknown_body& u) const {
    if (ev.critical) {
      state.halt(place(state, record) + "critical body of unknown type " + std::to_string(u.type) +
                 ": a newer version of roomlog wrote this");
      return plain(verdict_kind::control);
    }
    if (ev.append.number != 0) {
      if (const auto out_of_turn = check_append(state, ev.append)) return *out_of_turn;
    }
    return plain(verdict_kind::control);
  }
  template <class Other>
  verdict operator()(const Other&) const {
    return plain(verdict_kind::control);
  }
};

}  // namespace

verdict decide_control(fold_state& state, const record_view& record, const event& ev) {
  return std::visit(control_step{state, record, ev}, ev.facts);
}

}  // namespace roomlog::fold_steps
