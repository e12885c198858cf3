#include "schemas/protocol/command_parser.h"

#include <algorithm>
#include <array>

#include "schemas/protocol/command_digest.h"
#include "schemas/protocol/command_fields.h"
#include "schemas/protocol/direct_room.h"
#include "schemas/text/utf8.h"

namespace roomlog {
namespace {

// What every kind of command is made from.
struct parse_context {
  command_fields& fields;
  const parser_limits& limits;
  const command_id& id;
  std::optional<client_error> too_long;  // looked at once the fields are found good
};

std::string room_field(parse_context& c) {
  return c.fields.ascii("room", presence::required, room_rule);
}
std::string user_field(parse_context& c) {
  return c.fields.ascii("user", presence::required, user_rule);
}

// At most one of several ways to say where to begin.
template <std::size_t N>
void at_most_one(parse_context& c, const std::array<bool, N>& given, std::string_view first_name,
                 std::string_view rule) {
  if (std::count(given.begin(), given.end(), true) > 1) c.fields.invalid(first_name, rule);
}

event_command with_body(parse_context& c, std::string room, event_body_command body) {
  event_command made;
  made.id = c.id;
  made.room = std::move(room);
  made.cid = c.fields.ascii("cid", presence::optional, cid_rule);
  made.after_cid = c.fields.ascii("after_cid", presence::optional, cid_rule);
  if (!made.after_cid.empty() && made.after_cid == made.cid) {
    c.fields.invalid("after_cid", "another cid than the command's own");
  }
  made.body = std::move(body);
  return made;
}

void check_length(parse_context& c, const send_command& body) {
  std::size_t bytes = 0;
  for (const char* name : {"text", "metadata", "attachments", "signature"}) {
    bytes += c.fields.compact_size(name);
  }
  const std::size_t text_max = c.limits.text_code_points_max;
  const bool text_too_long = body.text.size() > text_max && count_code_points(body.text) > text_max;
  if (!text_too_long && bytes <= c.limits.content_bytes_max) return;
  c.too_long = make_client_error(error_code::message_too_long);
  c.too_long->message = "Message too long (max " + std::to_string(text_max) + " characters)";
}

command parse_send(parse_context& c) {
  std::string room = room_field(c);
  send_command body;
  body.text = c.fields.text("text", presence::optional).value_or("");
  if (auto type = c.fields.ascii("content_type", presence::optional, content_type_rule);
      !type.empty()) {
    body.content_type = std::move(type);
  }
  body.metadata_json = c.fields.object("metadata");
  body.attachments_json = c.fields.object_array("attachments");
  body.signature_json = c.fields.object("signature");
  body.thread = c.fields.seq("thread");
  body.reply_to = c.fields.seq("reply_to");
  if (!c.fields.given("text") && !c.fields.given("attachments")) c.fields.missing();
  // The server makes one for the other commands; a message that is sent again needs its own.
  if (!c.fields.given("cid")) c.fields.missing();
  check_length(c, body);
  return with_body(c, std::move(room), std::move(body));
}

std::optional<std::string> title_field(parse_context& c) {
  auto title = c.fields.text("title", presence::optional);
  const std::size_t most = c.limits.title_code_points_max;
  if (title && count_code_points(*title) > most) {
    c.fields.invalid("title", "at most " + std::to_string(most) + " characters long");
  }
  return title;
}

command parse_create(parse_context& c) {
  create_command body;
  body.title = title_field(c);
  for (auto& user : c.fields.ascii_array("members", c.limits.create_members_max, user_rule)) {
    if (std::find(body.members.begin(), body.members.end(), user) == body.members.end()) {
      body.members.push_back(std::move(user));
    }
  }
  body.direct = c.fields.boolean("direct").value_or(false);
  body.is_public = c.fields.boolean("public").value_or(false);
  std::string room =
      c.fields.ascii("room", body.direct ? presence::optional : presence::required, room_rule);
  if (!body.direct && std::string_view(room).substr(0, 3) == direct_room_prefix) {
    c.fields.invalid("room", "a name that does not begin with \"dm:\", which is for direct rooms");
  }
  if (body.direct && body.members.size() != 1) {
    c.fields.invalid("members", "exactly one other user for a direct room");
  }
  if (body.direct && body.is_public) c.fields.invalid("public", "false for a direct room");
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
  if (const auto name = c.fields.text("role", presence::required)) {
    const auto role = parse_member_role(*name);
    if (role && *role != member_role::none) {
      body.role = *role;
    } else {
      c.fields.invalid("role", "owner, admin, writer or reader");
    }
  }
  return with_body(c, std::move(room), std::move(body));
}

std::string token_field(parse_context& c) {
  return c.fields.text("token", presence::required).value_or("");
}
command parse_auth(parse_context& c) {
  return auth_command{c.id, token_field(c)};
}
command parse_refresh(parse_context& c) {
  return refresh_command{c.id, token_field(c)};
}
command parse_ping(parse_context& c) {
  return ping_command{c.id};
}
command parse_options(parse_context& c) {
  return options_command{c.id, c.fields.boolean("echo")};
}

template <class Number>
std::optional<Number> as(std::optional<std::uint64_t> n) {
  return n ? std::optional<Number>(Number{*n}) : std::nullopt;
}

command parse_subscribe(parse_context& c) {
  subscribe_command made;
  made.id = c.id;
  made.room = room_field(c);
  made.epoch = c.fields.ascii("epoch", presence::optional, epoch_rule);
  made.after_seq = as<seq_no>(c.fields.integer("after_seq", 0, number_max));
  made.after_offset = as<offset>(c.fields.integer("after_offset", 0, number_max));
  made.since = c.fields.time("since");
  made.last = c.fields.integer("last", 0, number_max);
  at_most_one(c,
              std::array{made.after_seq.has_value(), made.after_offset.has_value(),
                         made.since.has_value(), made.last.has_value()},
              "after_seq", "given without after_offset, since and last: at most one of the four");
  return made;
}

command parse_unsubscribe(parse_context& c) {
  return unsubscribe_command{c.id, room_field(c)};
}

// Entries of a page.
std::uint32_t limit_field(parse_context& c, std::uint32_t standard) {
  constexpr std::uint64_t limit_max = 200;
  return static_cast<std::uint32_t>(c.fields.integer("limit", 1, limit_max).value_or(standard));
}

seq_no min_seq_field(parse_context& c) {
  return seq_no{c.fields.integer("min_seq", 0, number_max).value_or(0)};
}

bool is_event_kind(const std::string& name) {
  constexpr std::array kinds{"message", "edit", "delete", "reaction", "member", "room"};
  return std::find(kinds.begin(), kinds.end(), name) != kinds.end();
}

command parse_history(parse_context& c) {
  history_command made;
  made.id = c.id;
  made.room = room_field(c);
  made.before_seq = as<seq_no>(c.fields.integer("before_seq", 0, number_max));
  made.after_seq = as<seq_no>(c.fields.integer("after_seq", 0, number_max));
  made.since = c.fields.time("since");
  at_most_one(
      c,
      std::array{made.before_seq.has_value(), made.after_seq.has_value(), made.since.has_value()},
      "before_seq", "given without after_seq and since: at most one of the three");
  made.limit = limit_field(c, made.limit);
  made.kinds = c.fields.ascii_array("kinds", 16, cid_rule);
  if (!std::all_of(made.kinds.begin(), made.kinds.end(), is_event_kind)) {
    c.fields.invalid("kinds", "an array of message, edit, delete, reaction, member and room");
  }
  made.min_seq = min_seq_field(c);
  return made;
}

command parse_rooms(parse_context& c) {
  rooms_command made;
  made.id = c.id;
  made.min_seq = min_seq_field(c);
  made.after = c.fields.ascii("after", presence::optional, room_rule);
  made.limit = limit_field(c, made.limit);
  if (const auto order = c.fields.text("order", presence::optional)) {
    made.recent = *order == "recent";
    if (!made.recent && *order != "name") c.fields.invalid("order", "name or recent");
  }
  if (made.recent && !made.after.empty()) {
    c.fields.invalid("after", "given without order \"recent\"");
  }
  return made;
}

command parse_members(parse_context& c) {
  members_command made;
  made.id = c.id;
  made.room = room_field(c);
  made.after = c.fields.ascii("after", presence::optional, user_rule);
  made.limit = limit_field(c, made.limit);
  made.min_seq = min_seq_field(c);
  return made;
}

struct command_type {
  std::string_view name;
  command (*parse)(parse_context&);
};

// The most frequent first.
constexpr command_type command_types[] = {
    {"send", parse_send},           {"ping", parse_ping},
    {"subscribe", parse_subscribe}, {"unsubscribe", parse_unsubscribe},
    {"history", parse_history},     {"rooms", parse_rooms},
    {"members", parse_members},     {"create", parse_create},
    {"join", parse_join},           {"leave", parse_leave},
    {"invite", parse_invite},       {"kick", parse_kick},
    {"role", parse_role},           {"auth", parse_auth},
    {"refresh", parse_refresh},     {"options", parse_options},
};

// Of the protocol, but not served by this version.
constexpr std::string_view unserved_types[] = {"received", "read", "typing", "edit",    "delete",
                                               "react",    "room", "thread", "receipts"};

const command_type* find_type(std::string_view name) {
  const auto found = std::find_if(std::begin(command_types), std::end(command_types),
                                  [&](const command_type& t) { return t.name == name; });
  return found == std::end(command_types) ? nullptr : found;
}

// The name that a stranger gave, in a message: not longer than it is helpful.
std::string unknown_type_message(std::string_view name) {
  constexpr std::size_t shown_bytes_max = 48;
  std::size_t shown = std::min(name.size(), shown_bytes_max);
  while (shown < name.size() && (static_cast<unsigned char>(name[shown]) & 0xc0) == 0x80) --shown;
  return "Unknown type \"" + std::string(name.substr(0, shown)) +
         (shown < name.size() ? "…\"" : "\"");
}

command_refusal refuse(const scanned_object& object, client_error error) {
  command_refusal refusal;
  refusal.id = read_command_id(object);
  const json_field* cid = object.find("cid");
  if (cid != nullptr && cid->kind == json_kind::string &&
      is_ascii_within(object.plain_of(*cid), cid_rule)) {
    refusal.cid = object.plain_of(*cid);
  }
  refusal.error = std::move(error);
  return refusal;
}

parsed_command parse_typed(const scanned_object& object, const parser_limits& limits) {
  command_fields fields(object);
  const auto name = fields.text("type", presence::required);
  if (!name) return refuse(object, *fields.error());
  const command_type* type = find_type(*name);
  if (type == nullptr) {
    auto refusal =
        refuse(object, make_client_error(error_code::unknown_type, unknown_type_message(*name)));
    refusal.of_protocol = std::ranges::find(unserved_types, *name) != std::end(unserved_types);
    return refusal;
  }
  const command_id id = read_command_id(object);
  if (id.empty() && object.find("id") != nullptr) {
    fields.invalid("id", "a number or a string of at most 128 bytes of JSON");
  }
  parse_context context{fields, limits, id, std::nullopt};
  command made = type->parse(context);
  if (auto wrong = fields.error()) return refuse(object, *std::move(wrong));
  if (context.too_long) return refuse(object, *std::move(context.too_long));
  if (auto* event = std::get_if<event_command>(&made)) event->digest = digest_of(object);
  return made;
}

}  // namespace

parsed_command parse_command(std::string_view json, const parser_limits& limits) {
  thread_local scanned_object object;  // kept for its memory
  if (const char* reason = scan_object(json, object)) {
    return refuse(
        object, make_client_error(error_code::bad_json, std::string("Not valid JSON: ") + reason));
  }
  return parse_typed(object, limits);
}

}  // namespace roomlog
