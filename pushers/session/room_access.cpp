#include "pushers/session/room_access.h"

#include <string>

#include "pushers/http/view_queries.h"

namespace roomlog {

std::optional<room_info> readable_room(const fold_reader& fold, std::string_view room_key,
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

named_seq greatest_named(const history_command& what) {
  named_seq most{"min_seq", what.min_seq};
  if (what.after_seq && *what.after_seq > most.seq) most = {"after_seq", *what.after_seq};
  if (what.before_seq && what.before_seq->value > most.seq.value + 1)
    most = {"before_seq", seq_no{what.before_seq->value - 1}};
  return most;
}

client_error beyond_head(std::string_view field, seq_no head) {
  return make_client_error(
      error_code::invalid_field,
      std::string(field) + " is beyond the head, which is " + std::to_string(head.value));
}

}  // namespace roomlog
