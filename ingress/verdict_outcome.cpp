#include "ingress/verdict_outcome.h"

namespace roomlog {
namespace {

client_error rejection(reject_reason reason) {
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
      return make_client_error(error_code::invalid_field,
                               "thread, reply_to, user or members: names what is not there");
    case reject_reason::malformed:
    case reject_reason::none:
      break;
  }
  return make_client_error(error_code::internal);
}

client_error conflict_with(seq_no first) {
  auto refused = make_client_error(error_code::cid_conflict);
  refused.seq = first;
  return refused;
}

}  // namespace

std::optional<command_outcome> outcome_of(const verdict& decision, const std::string& room,
                                          const std::string& cid) {
  switch (decision.kind) {
    case verdict_kind::accepted:
    case verdict_kind::duplicate:
      return command_ack{room,
                         cid,
                         decision.seq,
                         decision.first_offset,
                         decision.shown_time,
                         decision.kind == verdict_kind::duplicate};
    case verdict_kind::conflict:
      return conflict_with(decision.seq);
    case verdict_kind::rejected:
      return rejection(decision.reason);
    case verdict_kind::stale_append:
    case verdict_kind::out_of_order:
    case verdict_kind::control:
      break;
  }
  return std::nullopt;
}

command_outcome outcome_of(const decided_command& first, const command_digest& digest,
                           const std::string& room, const std::string& cid) {
  if (first.digest != digest) return conflict_with(first.seq);
  return command_ack{room, cid, first.seq, first.at, first.shown_time, true};
}

}  // namespace roomlog
