#include "projections/views/history_view.h"

#include "projections/store/big_endian.h"

namespace roomlog {

void history_record::encode(std::string& out) const {
  append_big_endian(out, at.value);
  append_big_endian(out, shown_time.value);
  out.append(record);
}

history_record history_record::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  history_record r;
  r.at = offset{in.number<std::uint64_t>()};
  r.shown_time = timestamp{in.number<std::int64_t>()};
  r.record = in.rest();
  return r;
}

void message_standing::encode(std::string& out) const {
  append_big_endian(out, static_cast<std::uint8_t>(deleted ? 1 : 0));
  append_big_endian(out, edit_count);
  append_big_endian(out, last_edit.value);
}

message_standing message_standing::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  message_standing s;
  s.deleted = in.number<std::uint8_t>() != 0;
  s.edit_count = in.number<std::uint32_t>();
  s.last_edit = seq_no{in.number<std::uint64_t>()};
  return s;
}

namespace {

key_builder key_of(partition_id partition, char table, room_id in, seq_no seq) {
  key_builder key(history_view_id, history_view_version, partition, table);
  key.number(in.value).number(seq.value);
  return key;
}

}  // namespace

key_builder history_key(partition_id partition, room_id in, seq_no first) {
  return key_of(partition, 'H', in, first);
}

key_builder standing_key(partition_id partition, room_id in, seq_no first) {
  return key_of(partition, 'S', in, first);
}

template <class Change>
void history_view::change_standing(room_id in, seq_no target, Change&& change) {
  const auto key = standing_key(fold_.partition(), in, target);
  message_standing standing;
  if (const auto stored = store_.get(key)) standing = message_standing::decode(*stored);
  change(standing);
  value_.clear();
  standing.encode(value_);
  store_.put(key, value_);
}

void history_view::apply(room_id in, const record_view& record, const decided_event& decided) {
  const verdict& v = decided.decision;
  value_.clear();
  history_record{decided.at, v.shown_time, as_text(record.value)}.encode(value_);
  store_.put(history_key(fold_.partition(), in, v.seq), value_);
  if (const auto* edit = std::get_if<message_edited>(&decided.ev.facts)) {
    change_standing(in, edit->target, [&](message_standing& message) {
      ++message.edit_count;
      message.last_edit = v.seq;
    });
  } else if (const auto* deletion = std::get_if<message_deleted>(&decided.ev.facts)) {
    change_standing(in, deletion->target,
                    [](message_standing& message) { message.deleted = true; });
  }
}

}  // namespace roomlog
