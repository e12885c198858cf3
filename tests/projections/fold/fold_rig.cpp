#include "tests/projections/fold/fold_rig.h"

#include "schemas/records/codec.h"

namespace roomlog::testing {

fold_rig::fold_rig(std::uint32_t partitions) {
  take(control_record(log_descriptor{"abc123", partitions, 1}));
  take(fence(rig_gateway, 1, rig_nonce));
}

verdict fold_rig::take(event e) {
  const bool numbered = is_room_event(e) || std::holds_alternative<watermarks_advanced>(e.facts);
  if (numbered && e.append.gateway.empty() && !e.origin) {
    e.append = {rig_gateway, 1, rig_nonce, number++};
  }
  return take_bytes(encode(e));
}

verdict fold_rig::take_bytes(const std::string& value) {
  record_batch_builder builder(partition_id{0}, at_);
  builder.add(at_, now_, "", as_byte_view(value));
  last_ = builder.finish();
  const auto decoded = decode((*last_)[0].value);
  const verdict v = decide(state_, (*last_)[0], decoded ? &*decoded : nullptr);
  at_ = next(at_);
  now_.value += 1000;
  return v;
}

room_state fold_rig::room(std::string_view key) {
  const fold_state::room* found = state_.find_room(key);
  return found ? found->value : room_state{};
}

member_state fold_rig::member(std::string_view user, std::string_view key) {
  const fold_state::member* found = state_.find_member(room(key).id, user);
  return found ? found->value : member_state{};
}

fold_state fold_rig::reopened() {
  state_.stage();
  return fold_state(store_.partition(partition_id{0}), partition_id{0});
}

namespace {

::testing::AssertionResult described(bool good, const verdict& v) {
  auto r = good ? ::testing::AssertionSuccess() : ::testing::AssertionFailure();
  return r << to_string(v.kind) << "(" << to_string(v.reason) << ") seq " << v.seq.value;
}

}  // namespace

::testing::AssertionResult is(const verdict& v, verdict_kind kind, std::uint64_t seq) {
  return described(v.kind == kind && (seq == 0 || v.seq.value == seq), v);
}

::testing::AssertionResult is(const verdict& v, reject_reason reason) {
  return described(v.kind == verdict_kind::rejected && v.reason == reason, v);
}

}  // namespace roomlog::testing
