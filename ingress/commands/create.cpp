// create {title?, members?, direct?, public?}: a room. The id of a direct room follows from its
// pair.
#include <algorithm>

#include "ingress/commands/command_kind.h"
#include "schemas/protocol/direct_room.h"
#include "schemas/protocol/names.h"
#include "schemas/records/codec.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  const auto& sent = body_of<create_command>(record);
  room_created made{sent.is_public, sent.direct, {}};
  for (const auto& user : sent.members) {
    if (user != record.user) made.members.emplace_back(user);
  }
  return made;
}

std::string content(const command_record& record) {
  return encode(room_content{body_of<create_command>(record).title.value_or(""), {}});
}

string_sizes strings(const command_record& record) {
  const auto& sent = body_of<create_command>(record);
  string_sizes sizes;
  if (sent.title) sizes.add(*sent.title);
  for (const auto& user : sent.members) sizes.add(user);
  return sizes;
}

std::uint32_t people_named(const command_record& record) {
  const auto& members = body_of<create_command>(record).members;
  const auto is_other = [&](const std::string& user) { return user != record.user; };
  return static_cast<std::uint32_t>(std::count_if(members.begin(), members.end(), is_other));
}

client_error no_pair() {
  return make_client_error(error_code::invalid_field,
                           "members: must be exactly one other user for a direct room");
}

std::optional<client_error> resolve_room(command_record& record) {
  const auto& sent = body_of<create_command>(record);
  if (!sent.direct) return std::nullopt;
  if (sent.members.size() != 1 || sent.members.front() == record.user) return no_pair();
  auto room = direct_room_id(record.user, sent.members.front());
  if (!record.command.room.empty() && record.command.room != room) {
    return make_client_error(
        error_code::invalid_field,
        "room: must be left out for a direct room, whose id follows from the pair");
  }
  record.command.room = std::move(room);
  return std::nullopt;
}

client_error wrong_target(const command_record&, seq_no) {
  return no_pair();
}

}  // namespace

extern const command_kind create_kind;
constinit const command_kind create_kind{.name = command_name::create,
                                         .facts = facts,
                                         .content = content,
                                         .strings = strings,
                                         .people_named = people_named,
                                         .resolve_room = resolve_room,
                                         .wrong_target = wrong_target};

}  // namespace roomlog
