#include "projections/fold/fold_records.h"

#include <cstring>

#include "projections/store/big_endian.h"

namespace roomlog {
namespace {

hash128 read_hash(big_endian_decoder& in) {
  hash128 h;
  std::memcpy(h.data(), in.bytes(h.size()).data(), h.size());
  return h;
}

enum flag : std::uint8_t { flag_public = 1, flag_direct = 2, flag_closed = 4 };
enum event_flag : std::uint8_t { flag_deleted = 1, flag_in_thread = 2 };
enum partition_flag : std::uint8_t { flag_importing = 1 };

}  // namespace

void partition_state::encode(std::string& out) const {
  append_big_endian(out, next.value);
  append_big_endian(out, last.value);
  out.append(as_text(last_digest)).append(as_text(hash));
  append_big_endian(out, rooms);
  append_big_endian(out, static_cast<std::uint8_t>(importing ? flag_importing : 0));
  append_big_endian(out, partitions);
  out.append(as_text(refused_seal));
}

partition_state partition_state::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  partition_state p;
  p.next = offset{in.number<std::uint64_t>()};
  p.last = offset{in.number<std::uint64_t>()};
  p.last_digest = read_hash(in);
  p.hash = read_hash(in);
  p.rooms = in.number<std::uint32_t>();
  p.importing = in.number<std::uint8_t>() & flag_importing;
  p.partitions = in.number<std::uint32_t>();
  p.refused_seal = read_hash(in);
  return p;
}

void gateway_state::encode(std::string& out) const {
  append_big_endian(out, counter);
  append_big_endian(out, nonce);
  append_big_endian(out, last_number);
}

gateway_state gateway_state::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  gateway_state g;
  g.counter = in.number<std::uint64_t>();
  g.nonce = in.number<std::uint64_t>();
  g.last_number = in.number<std::uint64_t>();
  return g;
}

void room_state::encode(std::string& out) const {
  append_big_endian(out, id.value);
  const int flags =
      (is_public ? flag_public : 0) | (direct ? flag_direct : 0) | (closed ? flag_closed : 0);
  append_big_endian(out, static_cast<std::uint8_t>(flags));
  append_big_endian(out, head.value);
  append_big_endian(out, last_time.value);
  append_big_endian(out, members);
  append_big_endian(out, owners);
  append_big_endian(out, messages);
  out.append(as_text(hash));
}

room_state room_state::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  room_state r;
  r.id = room_id{in.number<std::uint32_t>()};
  const auto flags = in.number<std::uint8_t>();
  r.is_public = flags & flag_public;
  r.direct = flags & flag_direct;
  r.closed = flags & flag_closed;
  r.head = seq_no{in.number<std::uint64_t>()};
  r.last_time = timestamp{in.number<std::int64_t>()};
  r.members = in.number<std::uint32_t>();
  r.owners = in.number<std::uint32_t>();
  r.messages = in.number<std::uint64_t>();
  r.hash = read_hash(in);
  return r;
}

void member_state::encode(std::string& out) const {
  append_big_endian(out, static_cast<std::uint8_t>(role));
  append_big_endian(out, member_since.value);
  append_big_endian(out, role_since.value);
  append_big_endian(out, delivered.value);
  append_big_endian(out, read.value);
}

member_state member_state::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  member_state m;
  m.role = static_cast<member_role>(in.number<std::uint8_t>());
  m.member_since = seq_no{in.number<std::uint64_t>()};
  m.role_since = seq_no{in.number<std::uint64_t>()};
  m.delivered = seq_no{in.number<std::uint64_t>()};
  m.read = seq_no{in.number<std::uint64_t>()};
  return m;
}

void event_state::encode(std::string& out) const {
  append_big_endian(out, at.value);
  append_big_endian(out, shown_time.value);
  append_big_endian(out, static_cast<std::uint8_t>(kind));
  const int flags = (deleted ? flag_deleted : 0) | (in_thread ? flag_in_thread : 0);
  append_big_endian(out, static_cast<std::uint8_t>(flags));
  append_big_endian(out, messages);
  out.append(actor);
}

event_state event_state::decode(std::string_view bytes) {
  big_endian_decoder in(bytes);
  event_state e;
  e.at = offset{in.number<std::uint64_t>()};
  e.shown_time = timestamp{in.number<std::int64_t>()};
  e.kind = static_cast<stored_kind>(in.number<std::uint8_t>());
  const auto flags = in.number<std::uint8_t>();
  e.deleted = flags & flag_deleted;
  e.in_thread = flags & flag_in_thread;
  e.messages = in.number<std::uint64_t>();
  e.actor = in.rest();
  return e;
}

key_builder event_key(partition_id partition, room_id in, seq_no seq) {
  key_builder key(view_id::fold, fold_format_version, partition, 'E');
  key.number(in.value).number(seq.value);
  return key;
}

key_builder member_key(partition_id partition, room_id in) {
  key_builder key(view_id::fold, fold_format_version, partition, 'M');
  key.number(in.value);
  return key;
}

}  // namespace roomlog
