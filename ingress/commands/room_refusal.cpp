#include "ingress/commands/room_refusal.h"

#include "ingress/commands/verdict_outcome.h"

namespace roomlog {

room_ruling ask_room(const fold_lookup& fold, const command_record& command) {
  event ev = facts_of(command);
  ev.after_cid = {};  // the fold looks at it first
  const auto reason = fold.would_refuse(ev);
  if (!reason) return {make_client_error(error_code::unavailable), {}};
  if (*reason && is_permission(**reason)) return {refusal_for(**reason, command, {}), {}};
  return {{}, *reason};
}

std::optional<client_error> refused_later(const fold_lookup& fold, const command_record& command,
                                          const room_ruling& ruling) {
  std::optional<reject_reason> why = ruling.later;
  if (!command.command.after_cid.empty()) {
    const auto reason = fold.would_refuse(facts_of(command));
    if (!reason) return make_client_error(error_code::unavailable);
    why = *reason;
  }
  if (!why) return std::nullopt;
  return refusal_for(*why, command, head_of(fold, command.room_key));
}

seq_no head_of(const fold_lookup& fold, std::string_view room_key) {
  const auto room = fold.find_room(room_key);
  if (room) return room->head;
  return room.error().code == errc::not_found ? seq_no{} : seq_no{UINT64_MAX};
}

}  // namespace roomlog
