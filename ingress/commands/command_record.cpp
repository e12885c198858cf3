#include "ingress/commands/command_record.h"

#include "ingress/commands/command_kind.h"
#include "schemas/protocol/command_digest.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

// A record's tables, and what the encoding adds to each string: length, end, reference, padding.
constexpr std::size_t record_overhead_bytes = 320;
constexpr std::size_t string_overhead_bytes = 12;

}  // namespace

std::size_t command_record::bytes() const {
  const auto body = kind_of(*this).strings(*this);
  return sizeof *this + room_key.size() + body.count * sizeof(std::string) + body.bytes +
         command.traceparent.size();
}

std::size_t command_record::log_bytes() const {
  const auto body = kind_of(*this).strings(*this);
  return record_overhead_bytes + 2 * room_key.size() + user.size() + name.size() + device.size() +
         command.cid.size() + command.after_cid.size() + 2 * command.traceparent.size() +
         body.bytes + body.count * string_overhead_bytes;
}

event facts_of(const command_record& record) {
  event ev;
  ev.room = record.room_key;
  ev.actor = record.user;
  ev.cid = record.command.cid;
  ev.after_cid = record.command.after_cid;
  ev.facts = kind_of(record).facts(record);
  return ev;
}

command_cost cost_of(const command_record& record) {
  const command_kind& kind = kind_of(record);
  return {record.log_bytes(), kind.people_named(record), kind.is_message};
}

std::string encode_record(const command_record& record, const append_id& append) {
  event ev = facts_of(record);
  ev.append = append;
  ev.actor_name = record.name;
  ev.device = record.device;
  ev.digest = record.command.digest;
  ev.digest_alg = command_digest_algorithm;
  ev.deadline = record.deadline;
  ev.gateway_time = record.gateway_time;
  ev.traceparent = record.command.traceparent;
  const std::string content = kind_of(record).content(record);
  ev.content = as_byte_view(content);
  return encode(ev);
}

std::string encode_fence(const append_id& append, timestamp now) {
  event ev;
  ev.append = append;
  ev.gateway_time = now;
  ev.facts = gateway_fence{};
  return encode(ev);
}

}  // namespace roomlog
