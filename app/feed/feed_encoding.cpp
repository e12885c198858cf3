#include "app/feed/feed_encoding.h"

#include "schemas/protocol/names.h"
#include "schemas/text/json_writer.h"

namespace roomlog {
namespace {

void add_line(json_object& object, const feed_plan& plan, const feed_command& command) {
  const feed_item& item = plan.items[command.item];
  const irc_line& line = plan.line_of(item);
  object.field(field_name::text, line.text);
  if (line.kind == irc_kind::action) object.field(field_name::content_type, "action");
  if (!command.after_cid.empty()) object.field(field_name::after_cid, command.after_cid);
  if (const auto time = feed_time(plan.files[item.file], line); !time.empty()) {
    object.raw(field_name::metadata, "{\"irc_time\":\"" + time + "\"}");
  }
}

}  // namespace

void encode_feed_command(const feed_plan& plan, const std::string& room,
                         const feed_command& command, std::uint64_t id, std::string& out) {
  json_object object(out);
  constexpr std::string_view types[] = {command_name::create, command_name::join,
                                        command_name::send};
  object.field(field_name::type, types[static_cast<std::size_t>(command.kind)])
      .field(field_name::id, id)
      .field(field_name::room, room)
      .field(field_name::cid, command.cid);
  if (command.kind == feed_command_kind::create)
    object.field(field_name::title, room).field(field_name::is_public, true);
  if (command.kind == feed_command_kind::line) add_line(object, plan, command);
  object.close();
}

}  // namespace roomlog
