#include "ingress/commands/verdict_outcome.h"

#include "ingress/commands/command_kind.h"
#include "schemas/protocol/command_digest.h"

namespace roomlog {
namespace {

client_error conflict_with(seq_no first) {
  auto refused = make_client_error(error_code::cid_conflict);
  refused.seq = first;
  return refused;
}

}  // namespace

client_error refusal_for(reject_reason reason, const command_record& command, seq_no head) {
  switch (reason) {
    case reject_reason::expired:
      return make_client_error(error_code::expired);
    case reject_reason::predecessor_missing:
      return make_client_error(error_code::predecessor_missing);
    case reject_reason::unknown_room:
      return make_client_error(error_code::unknown_room);
    case reject_reason::room_exists:
      return make_client_error(error_code::room_exists);
    case reject_reason::room_closed:
      return make_client_error(error_code::room_closed);
    case reject_reason::not_member:
      return make_client_error(error_code::not_member);
    case reject_reason::no_permission:
      return make_client_error(error_code::no_permission);
    case reject_reason::invalid_target:
      return kind_of(command).wrong_target(command, head);
    case reject_reason::malformed:
    case reject_reason::none:
      break;
  }
  return make_client_error(error_code::internal);
}

bool is_permission(reject_reason reason) {
  switch (reason) {
    case reject_reason::unknown_room:
    case reject_reason::room_exists:
    case reject_reason::room_closed:
    case reject_reason::not_member:
    case reject_reason::no_permission:
      return true;
    case reject_reason::predecessor_missing:
    case reject_reason::invalid_target:
    case reject_reason::expired:
    case reject_reason::malformed:
    case reject_reason::none:
      break;
  }
  return false;
}

std::optional<command_outcome> outcome_of(const verdict& decision, const command_record& command,
                                          seq_no head) {
  const event_command& sent = command.command;
  switch (decision.kind) {
    case verdict_kind::accepted:
    case verdict_kind::duplicate:
      return command_ack{sent.room,           sent.cid,
                         decision.seq,        decision.first_offset,
                         decision.shown_time, decision.kind == verdict_kind::duplicate};
    case verdict_kind::conflict:
      return conflict_with(decision.seq);
    case verdict_kind::rejected:
      return refusal_for(decision.reason, command, head);
    case verdict_kind::stale_append:
    case verdict_kind::out_of_order:
    case verdict_kind::control:
    case verdict_kind::advanced:
      break;
  }
  return std::nullopt;
}

command_outcome outcome_of(const decided_command& first, const command_digest& digest,
                           const std::string& room, const std::string& cid) {
  if (!is_same_command(first.algorithm, first.digest, command_digest_algorithm, digest)) {
    return conflict_with(first.seq);
  }
  return command_ack{room, cid, first.seq, first.at, first.shown_time, true};
}

}  // namespace roomlog
