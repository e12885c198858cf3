#include "schemas/protocol/command_parser.h"

#include <algorithm>

#include "schemas/protocol/command_digest.h"
#include "schemas/protocol/command_types.h"

namespace roomlog {
namespace {

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
  const json_field* cid = object.find(field_name::cid);
  if (cid != nullptr && cid->kind == json_kind::string &&
      is_ascii_within(object.plain_of(*cid), cid_rule)) {
    refusal.cid = object.plain_of(*cid);
  }
  refusal.error = std::move(error);
  return refusal;
}

parsed_command parse_typed(const scanned_object& object, const parser_limits& limits) {
  command_fields fields(object);
  const auto name = fields.text(field_name::type, presence::required);
  if (!name) return refuse(object, *fields.error());
  const command_type* type = find_command_type(*name);
  if (type == nullptr || !type->is_served(limits.features)) {
    auto refusal =
        refuse(object, make_client_error(error_code::unknown_type, unknown_type_message(*name)));
    refusal.of_protocol = type != nullptr || std::ranges::find(command_name::unserved, *name) !=
                                                 std::end(command_name::unserved);
    return refusal;
  }
  const command_id id = read_command_id(object);
  if (id.empty() && object.find(field_name::id) != nullptr) {
    fields.invalid(field_name::id, "a number or a string of at most 128 bytes of JSON");
  }
  parse_context context{fields, limits, id};
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
