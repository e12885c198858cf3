// invite {user}: brings somebody into a room, as a writer.
#include "ingress/commands/command_kind.h"
#include "schemas/protocol/names.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  return member_changed{member_change::invited, body_of<invite_command>(record).user,
                        member_role::writer};
}

string_sizes strings(const command_record& record) {
  return {1, body_of<invite_command>(record).user.size()};
}

std::uint32_t people_named(const command_record&) {
  return 1;
}

}  // namespace

extern const command_kind invite_kind;
constinit const command_kind invite_kind{
    .name = command_name::invite, .facts = facts, .strings = strings, .people_named = people_named};

}  // namespace roomlog
