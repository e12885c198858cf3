// role {user, role}: gives a member another role.
#include "ingress/commands/command_kind.h"
#include "ingress/commands/named_targets.h"
#include "schemas/protocol/names.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  const auto& sent = body_of<role_command>(record);
  return member_changed{member_change::role, sent.user, sent.role};
}

string_sizes strings(const command_record& record) {
  return {1, body_of<role_command>(record).user.size()};
}

}  // namespace

extern const command_kind role_kind;
constinit const command_kind role_kind{
    .name = command_name::role, .facts = facts, .strings = strings, .wrong_target = not_a_member};

}  // namespace roomlog
