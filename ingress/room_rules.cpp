#include "ingress/room_rules.h"

namespace roomlog {
namespace {

enum class need { membership, writing, managing };

need need_of(const event_body_command& body) {
  if (std::holds_alternative<send_command>(body)) return need::writing;
  const bool about_room_or_others = std::holds_alternative<change_room_command>(body) ||
                                    std::holds_alternative<invite_command>(body) ||
                                    std::holds_alternative<kick_command>(body) ||
                                    std::holds_alternative<role_command>(body);
  return about_room_or_others ? need::managing : need::membership;
}

bool has(member_role role, need wanted) {
  switch (wanted) {
    case need::membership:
      return true;
    case need::writing:
      return role != member_role::reader;
    case need::managing:
      return role == member_role::owner || role == member_role::admin;
  }
  return false;
}

bool changes_members(const event_body_command& body) {
  return !std::holds_alternative<send_command>(body) &&
         !std::holds_alternative<change_room_command>(body);
}

}  // namespace

std::optional<client_error> refused_by_room(const fold_reader& fold, std::string_view room,
                                            std::string_view user, const event_body_command& body) {
  const auto refuse = [](error_code code) { return make_client_error(code); };
  const auto info = fold.find_room(room);
  if (std::holds_alternative<create_command>(body)) {
    if (!info || info->direct) return std::nullopt;  // of its pair it is a duplicate
    return refuse(error_code::room_exists);
  }
  if (!info) return refuse(error_code::unknown_room);
  const member_role role = fold.role_of(room, user);
  const bool outsider = role == member_role::none;
  if (outsider && !info->is_public) return refuse(error_code::unknown_room);
  if (info->closed) return refuse(error_code::room_closed);
  if (outsider) {
    if (std::holds_alternative<join_command>(body)) return std::nullopt;
    return refuse(error_code::not_member);
  }
  if (!has(role, need_of(body)) || (info->direct && changes_members(body))) {
    return refuse(error_code::no_permission);
  }
  return std::nullopt;
}

}  // namespace roomlog
