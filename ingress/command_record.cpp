#include "ingress/command_record.h"

#include "schemas/codec.h"

namespace roomlog {
namespace {

// Fills facts and content; `content` holds the bytes that the event borrows.
struct body_writer {
  const command_record& record;
  event& ev;
  std::string& content;

  void operator()(const send_command& body) const {
    ev.facts = message_posted{body.thread, body.reply_to};
    content = encode(message_content{body.content_type, body.text, body.metadata_json,
                                     body.attachments_json, body.signature_json});
  }
  void operator()(const create_command& body) const {
    room_created facts{body.is_public, body.direct, {}};
    for (const auto& user : body.members) {
      if (user != record.user) facts.members.emplace_back(user);
    }
    ev.facts = std::move(facts);
    content = encode(room_content{body.title ? *body.title : std::string_view{}, {}});
  }
  void operator()(const change_room_command& body) const {
    ev.facts = room_changed{};
    content = encode(room_content{body.title ? *body.title : std::string_view{}, {}});
  }
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

std::size_t body_bytes(const event_body_command& body) {
  if (const auto* send = std::get_if<send_command>(&body)) {
    return send->text.size() + send->metadata_json.size() + send->attachments_json.size() +
           send->signature_json.size();
  }
  std::size_t sum = 0;
  if (const auto* create = std::get_if<create_command>(&body)) {
    for (const auto& user : create->members) sum += sizeof user + user.size();
  }
  return sum;
}

}  // namespace

std::size_t command_record::bytes() const {
  return sizeof *this + room_key.size() + body_bytes(command.body) + command.traceparent.size();
}

std::string encode_record(const command_record& record, const append_id& append) {
  event ev;
  ev.append = append;
  ev.room = record.room_key;
  ev.actor = record.user;
  ev.actor_name = record.name;
  ev.device = record.device;
  ev.cid = record.command.cid;
  ev.after_cid = record.command.after_cid;
  ev.digest = record.command.digest;
  ev.digest_alg = digest_algorithm::sha256_128_v1;
  ev.deadline = record.deadline;
  ev.gateway_time = record.gateway_time;
  ev.traceparent = record.command.traceparent;
  std::string content;
  std::visit(body_writer{record, ev, content}, record.command.body);
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
