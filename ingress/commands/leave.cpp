// leave: goes out of a room.
#include "ingress/commands/command_kind.h"
#include "schemas/protocol/names.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  return member_changed{member_change::left, record.user, member_role::none};
}

}  // namespace

extern const command_kind leave_kind;
constinit const command_kind leave_kind{.name = command_name::leave, .facts = facts};

}  // namespace roomlog
