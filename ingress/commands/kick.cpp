// kick {user}: puts a member out of a room.
#include "ingress/commands/command_kind.h"
#include "ingress/commands/named_targets.h"
#include "schemas/protocol/names.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  return member_changed{member_change::kicked, body_of<kick_command>(record).user,
                        member_role::none};
}

string_sizes strings(const command_record& record) {
  return {1, body_of<kick_command>(record).user.size()};
}

}  // namespace

extern const command_kind kick_kind;
constinit const command_kind kick_kind{
    .name = command_name::kick, .facts = facts, .strings = strings, .wrong_target = not_a_member};

}  // namespace roomlog
