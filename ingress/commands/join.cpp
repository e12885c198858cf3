// join: comes into a public room.
#include "ingress/commands/command_kind.h"
#include "schemas/protocol/names.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  return member_changed{member_change::joined, record.user, member_role::none};
}

}  // namespace

extern const command_kind join_kind;
constinit const command_kind join_kind{.name = command_name::join, .facts = facts};

}  // namespace roomlog
