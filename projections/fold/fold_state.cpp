#include "projections/fold/fold_state.h"

#include <cstring>

#include "log/base/planted_bug.h"
#include "projections/store/big_endian.h"

namespace roomlog {

fold_state::fold_state(partition_store& store, partition_id partition)
    : store_(store), partition_(partition), tables_(store, partition) {
  if (const auto stored = store_.get(key('P'))) standing_ = partition_state::decode(*stored);
  hashes_.note(standing_.next, standing_.hash);
#ifdef ROOMLOG_PLANTED_BUGS
  opened_at_ = standing_.next;
#endif
}

fold_state::gateway* fold_state::find_gateway(std::string_view name) {
  return gateways_.find(store_, key('G').text(name));
}

fold_state::gateway& fold_state::gateway_named(std::string_view name) {
  return gateways_.find_or_add(store_, key('G').text(name));
}

fold_state::room* fold_state::find_room(std::string_view room_key) {
  return rooms_.find(store_, key('R').text(room_key));
}

fold_state::room& fold_state::add_room(std::string_view room_key) {
  room& added = rooms_.find_or_add(store_, key('R').text(room_key));
  added.value.id = room_id{standing_.rooms++};
  rooms_.touch(added);
  return added;
}

fold_state::member* fold_state::find_member(room_id in, std::string_view user) {
  return members_.find(store_, member_key(partition_, in).text(user));
}

fold_state::member& fold_state::member_named(room_id in, std::string_view user) {
  return members_.find_or_add(store_, member_key(partition_, in).text(user));
}

member_role fold_state::role_of(room_id in, std::string_view user) {
  const member* found = find_member(in, user);
  return found ? found->value.role : member_role::none;
}

std::optional<command_state> fold_state::find_command(room_id in, std::string_view actor,
                                                      std::string_view cid) {
  const auto stored = store_.get(key('C').number(in.value).sized(actor).text(cid));
  if (!stored) return std::nullopt;
  big_endian_decoder from(*stored);
  command_state command;
  command.seq = seq_no{from.number<std::uint64_t>()};
  command.algorithm = static_cast<digest_algorithm>(from.number<std::uint8_t>());
  std::memcpy(command.digest.data(), from.bytes(command.digest.size()).data(),
              command.digest.size());
#ifdef ROOMLOG_PLANTED_BUGS
  if (planted("dedup_forgotten_at_restart")) {
    const auto first = find_event(in, command.seq);
    if (first && first->at < opened_at_) return std::nullopt;
  }
#endif
  return command;
}

void fold_state::put_command(room_id in, std::string_view actor, std::string_view cid,
                             const command_state& command) {
  value_.clear();
  append_big_endian(value_, command.seq.value);
  append_big_endian(value_, static_cast<std::uint8_t>(command.algorithm));
  value_.append(as_text(byte_view(command.digest)));
  store_.put(key('C').number(in.value).sized(actor).text(cid), value_);
}

std::optional<event_state> fold_state::find_event(room_id in, seq_no seq) {
  const auto stored = store_.get(event_key(partition_, in, seq));
  if (!stored) return std::nullopt;
  return event_state::decode(*stored);
}

void fold_state::put_event(room_id in, seq_no seq, const event_state& event) {
  value_.clear();
  event.encode(value_);
  store_.put(event_key(partition_, in, seq), value_);
}

void fold_state::expect_event(room_id in, seq_no seq) {
  store_.expect_put(event_key(partition_, in, seq));
}

void fold_state::expect_command(std::string_view room_key, std::string_view actor,
                                std::string_view cid) {
  for (std::string_view id : {room_key, actor, cid}) {
    if (!is_id(id)) return;
  }
  const room* in = find_room(room_key);
  if (!in) return;
  store_.expect_get(key('C').number(in->value.id.value).sized(actor).text(cid));
}

void fold_state::stage() {
#ifdef ROOMLOG_PLANTED_BUGS
  staged_ = !staged_;
  const bool late = staged_ && planted("checkpoint_before_state");
#else
  constexpr bool late = false;
#endif
  gateways_.stage(store_);
  if (!late) rooms_.stage(store_);
  members_.stage(store_);
  value_.clear();
  standing_.encode(value_);
  store_.put(key('P'), value_);
}

std::size_t fold_state::front_bytes() const {
  return gateways_.bytes() + rooms_.bytes() + members_.bytes();
}

std::vector<std::shared_ptr<void>> fold_state::forget_front() {
  return {gateways_.forget(), rooms_.forget(), members_.forget()};
}

}  // namespace roomlog
