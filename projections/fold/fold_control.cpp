// Control records: they are in no room and get no seq. One that carries an append number is checked
// and takes it as every append does, whatever its type; fences, which begin the numbers, are apart.
#include "log/base/hex.h"
#include "projections/fold/fold_steps.h"

namespace roomlog::fold_steps {
namespace {

// Why the partition cannot go on behind this record; empty where it can.
struct what_stops {
  fold_state& state;
  const record_view& record;
  const event& ev;

  std::string operator()(const fold_activated& f) const {
    if (f.fold_version <= fold_version) return {};
    return "needs fold version " + std::to_string(f.fold_version) + ", this build has " +
           std::to_string(fold_version);
  }
  std::string operator()(const log_sealed& seal) const {
    const auto own = state.hashes().at(seal.upto);
    if (own && *own == seal.hash) return {};
    const std::string upto = "the fold's hash up to offset " + std::to_string(seal.upto.value);
    const hash128 digest = hash_bytes(record.value);
    hash128& refused = state.standing().refused_seal;
    if (!own && digest != refused) return {};
    refused = digest;
    return upto + (own ? " is " + hex_text(*own) : " was another one before the restart") +
           ", the log's seal says " + hex_text(seal.hash);
  }
  std::string operator()(const unknown_body& u) const {
    if (!ev.critical) return {};
    return "critical body of unknown type " + std::to_string(u.type) +
           ": a newer version of roomlog wrote this";
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

struct control_effect {
  fold_state& state;

  void operator()(const log_descriptor& d) const {
    partition_state& standing = state.standing();
    if (standing.partitions == 0) standing.partitions = d.partitions;
  }
  void operator()(const import_begun&) const { state.standing().importing = true; }
  void operator()(const principal_revoked& what) const { state.tables().revoke(what); }
  template <class Other>
  void operator()(const Other&) const {}
};

verdict decide_fence(fold_state& state, const append_id& id) {
  if (id.gateway.empty()) return rejected(reject_reason::malformed);
  const fold_state::gateway* present = state.find_gateway(id.gateway);
  if (id.counter <= (present ? present->value.counter : 0)) {
    return plain(verdict_kind::stale_append);
  }
  fold_state::gateway& fenced = state.gateway_named(id.gateway);
  fenced.value = {id.counter, id.nonce, 0};
  state.touch(fenced);
  return plain(verdict_kind::control);
}

}  // namespace

verdict decide_control(fold_state& state, const record_view& record, const event& ev) {
  if (std::holds_alternative<gateway_fence>(ev.facts)) return decide_fence(state, ev.append);
  const auto* seal = std::get_if<log_sealed>(&ev.facts);
  if (seal != nullptr && seal->upto > record.at) return rejected(reject_reason::malformed);
  if (const auto why = std::visit(what_stops{state, record, ev}, ev.facts); !why.empty()) {
    state.halt("partition " + std::to_string(state.partition().value) + ", offset " +
               std::to_string(record.at.value) + ": " + why);
    return plain(verdict_kind::control);
  }
  if (ev.append.number != 0) {
    if (const auto out_of_turn = check_append(state, ev.append)) return *out_of_turn;
  }
  std::visit(control_effect{state}, ev.facts);
  return plain(verdict_kind::control);
}

}  // namespace roomlog::fold_steps
