// The list of kinds: a body that is missing here does not compile.
#include "ingress/commands/command_kind.h"

namespace roomlog {

extern const command_kind send_kind, create_kind, join_kind, leave_kind, invite_kind, kick_kind,
    role_kind, edit_kind, delete_kind, react_kind;

const command_kind& kind_of(const command_record& record) {
  struct list {
    const command_kind& operator()(const send_command&) const { return send_kind; }
    const command_kind& operator()(const create_command&) const { return create_kind; }
    const command_kind& operator()(const join_command&) const { return join_kind; }
    const command_kind& operator()(const leave_command&) const { return leave_kind; }
    const command_kind& operator()(const invite_command&) const { return invite_kind; }
    const command_kind& operator()(const kick_command&) const { return kick_kind; }
    const command_kind& operator()(const role_command&) const { return role_kind; }
    const command_kind& operator()(const edit_command&) const { return edit_kind; }
    const command_kind& operator()(const delete_command&) const { return delete_kind; }
    const command_kind& operator()(const react_command&) const { return react_kind; }
  };
  return std::visit(list{}, record.command.body);
}

}  // namespace roomlog
