#include "ingress/commands/command_record.h"

#include "schemas/records/codec.h"

namespace roomlog {
namespace {

// What the fold judges.
struct facts_writer {
  const command_record& record;
  event& ev;

  void operator()(const send_command& body) const {
    ev.facts = message_posted{body.thread, body.reply_to};
  }
  void operator()(const create_command& body) const {
    room_created facts{body.is_public, body.direct, {}};
    for (const auto& user : body.members) {
      if (user != record.user) facts.members.emplace_back(user);
    }
    ev.facts = std::move(facts);
  }
  void operator()(const change_room_command&) const { ev.facts = room_changed{}; }
  void operator()(const join_command&) const {
    ev.facts = member_changed{member_change::joined, record.user, member_role::none};
  }
  void operator()(const leave_command&) const {
    ev.facts = member_changed{member_change::left, record.user, member_role::none};
  }
  void operator()(const invite_command& body) const {
    ev.facts = member_changed{member_change::invited, body.user, member_role::writer};
  }
  void operator()(const kick_command& body) const {
    ev.facts = member_changed{member_change::kicked, body.user, member_role::none};
  }
  void operator()(const role_command& body) const {
    ev.facts = member_changed{member_change::role, body.user, body.role};
  }
};

// What it does not look at.
std::string content_of(const event_body_command& body) {
  if (const auto* send = std::get_if<send_command>(&body)) {
    return encode(message_content{send->content_type, send->text, send->metadata_json,
                                  send->attachments_json, send->signature_json});
  }
  const auto titled = [](const std::optional<std::string>& title) {
    return encode(room_content{title ? *title : std::string_view{}, {}});
  };
  if (const auto* create = std::get_if<create_command>(&body)) return titled(create->title);
  if (const auto* change = std::get_if<change_room_command>(&body)) return titled(change->title);
  return {};
}

// Of the strings in a body.
struct string_sizes {
  std::size_t count = 0, bytes = 0;

  void add(const std::string& text) {
    ++count;
    bytes += text.size();
  }
  void operator()(const send_command& body) {
    for (const auto* text : {&body.content_type, &body.text, &body.metadata_json,
                             &body.attachments_json, &body.signature_json}) {
      add(*text);
    }
  }
  void operator()(const create_command& body) {
    if (body.title) add(*body.title);
    for (const auto& user : body.members) add(user);
  }
  void operator()(const change_room_command& body) {
    if (body.title) add(*body.title);
  }
  void operator()(const join_command&) {}
  void operator()(const leave_command&) {}
  void operator()(const invite_command& body) { add(body.user); }
  void operator()(const kick_command& body) { add(body.user); }
  void operator()(const role_command& body) { add(body.user); }
};

string_sizes sizes_of(const event_body_command& body) {
  string_sizes sizes;
  std::visit([&](const auto& one) { sizes(one); }, body);
  return sizes;
}

// A record's tables, and what the encoding adds to each string: length, end, reference, padding.
constexpr std::size_t record_overhead_bytes = 320;
constexpr std::size_t string_overhead_bytes = 12;

}  // namespace

std::size_t command_record::bytes() const {
  const auto body = sizes_of(command.body);
  return sizeof *this + room_key.size() + body.count * sizeof(std::string) + body.bytes +
         command.traceparent.size();
}

std::size_t command_record::log_bytes() const {
  const auto body = sizes_of(command.body);
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
  std::visit(facts_writer{record, ev}, record.command.body);
  return ev;
}

std::string encode_record(const command_record& record, const append_id& append) {
  event ev = facts_of(record);
  ev.append = append;
  ev.actor_name = record.name;
  ev.device = record.device;
  ev.digest = record.command.digest;
  ev.digest_alg = digest_algorithm::sha256_128_v1;
  ev.deadline = record.deadline;
  ev.gateway_time = record.gateway_time;
  ev.traceparent = record.command.traceparent;
  const std::string content = content_of(record.command.body);
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
