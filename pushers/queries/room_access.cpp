#include "pushers/queries/room_access.h"

#include "pushers/queries/read_errors.h"

namespace roomlog {

std::optional<room_info> readable_room(const fold_lookup& fold, std::string_view room_key,
                                       std::string_view user, client_error& why) {
  // The head first: an event of leaving that comes after it ends the subscription.
  const auto info = fold.find_room(room_key);
  if (!info) {
    why = view_error(info.error());
    return std::nullopt;
  }
  const auto role = fold.role_of(room_key, user);
  if (role && *role != member_role::none) return *info;
  if (!role) {
    why = view_error(role.error());
  } else {
    why = info->is_public ? make_client_error(error_code::not_member, "Not a member of this room")
                          : make_client_error(error_code::unknown_room, "No such room");
  }
  return std::nullopt;
}

}  // namespace roomlog
