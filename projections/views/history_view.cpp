#include "projections/views/history_view.h"

#include "projections/store/big_endian.h"

namespace roomlog {

void history_value::encode(std::string& out) const {
  append_big_endian(out, at.value);
  append_big_endian(out, shown_time.value);
  append_big_endian(out, static_cast<std::uint8_t>(deleted ? 1 : 0));
  append_big_endian(out, edit_count);
  append_big_endian(out, last_edit.value);
  out.append(record);
}

history_value history_value::decode(std::string_view bytes) {
  big_endian_reader in(bytes);
  history_value v;
  v.at = offset{in.number<std::uint64_t>()};
  v.shown_time = timestamp{in.number<std::int64_t>()};
  v.deleted = in.number<std::uint8_t>() != 0;
  v.edit_count = in.number<std::uint32_t>();
  v.last_edit = seq_no{in.number<std::uint64_t>()};
  v.record = in.rest();
  return v;
}

key_builder history_key(partition_id partition, room_id in, seq_no first) {
  key_builder key(history_view_id, history_view_version, partition, 'H');
  key.number(in.value).number(first.value);
  return key;
}

template <class Change>
void history_view::change_entry(room_id in, seq_no target, Change&& change) {
  const auto key = history_key(fold_.partition(), in, target);
  const auto stored = store_.get(key);
  if (!stored) return;
  history_value entry = history_value::decode(*stored);
  change(entry);
  value_.clear();
  entry.encode(value_);
  store_.put(key, value_);
}

void history_view::apply(room_id in, const record_view& record, const decided_event& decided) {
  const verdict& v = decided.decision;
  value_.clear();
  history_value{decided.at, v.shown_time, false, 0, {}, as_text(record.value)}.encode(value_);
  store_.put(history_key(fold_.partition(), in, v.seq), value_);
  if (const auto* edit = std::get_if<message_edited>(&decided.ev.facts)) {
    change_entry(in, edit->target, [&](history_value& entry) {
      ++entry.edit_count;
      entry.last_edit = v.seq;
    });
  } else if (const auto* deletion = std::get_if<message_deleted>(&decided.ev.facts)) {
    change_entry(in, deletion->target, [](history_value& entry) { entry.deleted = true; });
  }
}

}  // namespace roomlog
