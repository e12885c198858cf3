// Commands that make events.
#include <algorithm>

#include "schemas/protocol/command_types.h"
#include "schemas/protocol/direct_room.h"
#include "schemas/text/emoji.h"
#include "schemas/text/utf8.h"

namespace roomlog {
namespace {

std::string user_field(parse_context& c) {
  return c.fields.ascii(field_name::user, presence::required, user_rule);
}

event_command with_body(parse_context& c, std::string room, event_body_command body) {
  event_command made;
  made.id = c.id;
  made.room = std::move(room);
  made.cid = c.fields.ascii(field_name::cid, presence::optional, cid_rule);
  made.after_cid = c.fields.ascii(field_name::after_cid, presence::optional, cid_rule);
  if (!made.after_cid.empty() && made.after_cid == made.cid) {
    c.fields.invalid(field_name::after_cid, "another cid than the command's own");
  }
  made.body = std::move(body);
  return made;
}

// Of a message or an edit.
void check_length(parse_context& c, std::string_view text) {
  std::size_t bytes = 0;
  for (const auto name :
       {field_name::text, field_name::metadata, field_name::attachments, field_name::signature}) {
    bytes += c.fields.compact_size(name);
  }
  const std::size_t text_max = c.limits.text_code_points_max;
  const bool text_too_long = text.size() > text_max && count_code_points(text) > text_max;
  if (!text_too_long && bytes <= c.limits.content_bytes_max) return;
  c.too_long = make_client_error(error_code::message_too_long);
  c.too_long->message = "Message too long (max " + std::to_string(text_max) + " characters)";
}

seq_no target_field(parse_context& c) {
  if (!c.fields.given(field_name::seq)) c.fields.missing();
  return c.fields.seq(field_name::seq);
}

std::optional<std::string> title_field(parse_context& c) {
  auto title = c.fields.text(field_name::title, presence::optional);
  const std::size_t most = c.limits.title_code_points_max;
  if (title && count_code_points(*title) > most) {
    c.fields.invalid(field_name::title, "at most " + std::to_string(most) + " characters long");
  }
  return title;
}

}  // namespace

command parse_send(parse_context& c) {
  std::string room = room_field(c);
  send_command body;
  body.text = c.fields.text(field_name::text, presence::optional).value_or("");
  if (auto type = c.fields.ascii(field_name::content_type, presence::optional, content_type_rule);
      !type.empty()) {
    body.content_type = std::move(type);
  }
  body.metadata_json = c.fields.object(field_name::metadata);
  body.attachments_json = c.fields.object_array(field_name::attachments);
  body.signature_json = c.fields.object(field_name::signature);
  body.thread = c.fields.seq(field_name::thread);
  body.reply_to = c.fields.seq(field_name::reply_to);
  if (!c.fields.given(field_name::text) && !c.fields.given(field_name::attachments))
    c.fields.missing();
  // The server makes one for the other commands; a message that is sent again needs its own.
  if (!c.fields.given(field_name::cid)) c.fields.missing();
  check_length(c, body.text);
  return with_body(c, std::move(room), std::move(body));
}

command parse_create(parse_context& c) {
  create_command body;
  body.title = title_field(c);
  for (auto& user :
       c.fields.ascii_array(field_name::members, c.limits.create_members_max, user_rule)) {
    if (std::find(body.members.begin(), body.members.end(), user) == body.members.end()) {
      body.members.push_back(std::move(user));
    }
  }
  body.direct = c.fields.boolean(field_name::direct).value_or(false);
  body.is_public = c.fields.boolean(field_name::is_public).value_or(false);
  std::string room = c.fields.ascii(
      field_name::room, body.direct ? presence::optional : presence::required, room_rule);
  if (!body.direct && std::string_view(room).substr(0, 3) == direct_room_prefix) {
    c.fields.invalid(field_name::room,
                     "a name that does not begin with \"dm:\", which is for direct rooms");
  }
  if (body.direct && body.members.size() != 1) {
    c.fields.invalid(field_name::members, "exactly one other user for a direct room");
  }
  if (body.direct && body.is_public)
    c.fields.invalid(field_name::is_public, "false for a direct room");
  return with_body(c, std::move(room), std::move(body));
}

command parse_join(parse_context& c) {
  return with_body(c, room_field(c), join_command{});
}

command parse_leave(parse_context& c) {
  return with_body(c, room_field(c), leave_command{});
}

command parse_invite(parse_context& c) {
  return with_body(c, room_field(c), invite_command{user_field(c)});
}

command parse_kick(parse_context& c) {
  return with_body(c, room_field(c), kick_command{user_field(c)});
}

command parse_role(parse_context& c) {
  role_command body;
  std::string room = room_field(c);
  body.user = user_field(c);
  if (const auto name = c.fields.text(field_name::role, presence::required)) {
    const auto role = parse_member_role(*name);
    if (role && *role != member_role::none) {
      body.role = *role;
    } else {
      c.fields.invalid(field_name::role, "owner, admin, writer or reader");
    }
  }
  return with_body(c, std::move(room), std::move(body));
}

command parse_edit(parse_context& c) {
  std::string room = room_field(c);
  edit_command body;
  body.seq = target_field(c);
  body.text = c.fields.text(field_name::text, presence::required).value_or("");
  check_length(c, body.text);
  return with_body(c, std::move(room), std::move(body));
}

command parse_delete(parse_context& c) {
  std::string room = room_field(c);
  return with_body(c, std::move(room), delete_command{target_field(c)});
}

command parse_react(parse_context& c) {
  std::string room = room_field(c);
  react_command body;
  body.seq = target_field(c);
  body.emoji = c.fields.text(field_name::emoji, presence::required).value_or("");
  if (!body.emoji.empty() && !is_emoji(body.emoji)) {
    c.fields.invalid(field_name::emoji, "1 to " + std::to_string(emoji_bytes_max) +
                                            " bytes without control characters and white space");
  }
  body.remove = c.fields.boolean(field_name::remove).value_or(false);
  return with_body(c, std::move(room), std::move(body));
}

}  // namespace roomlog
