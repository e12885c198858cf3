// delete {seq}: takes a message out of what is shown.
#include "ingress/commands/command_kind.h"
#include "ingress/commands/named_targets.h"
#include "schemas/protocol/names.h"

namespace roomlog {
namespace {

event_facts facts(const command_record& record) {
  return message_deleted{body_of<delete_command>(record).seq};
}

client_error wrong_target(const command_record& record, seq_no head) {
  return not_a_live_message({{field_name::seq, body_of<delete_command>(record).seq}}, head);
}

}  // namespace

extern const command_kind delete_kind;
constinit const command_kind delete_kind{
    .name = command_name::delete_message, .facts = facts, .wrong_target = wrong_target};

}  // namespace roomlog
