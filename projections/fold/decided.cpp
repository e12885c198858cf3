#include "projections/fold/decided.h"

namespace roomlog {

const char* to_string(verdict_kind kind) noexcept {
  switch (kind) {
    case verdict_kind::accepted:
      return "accepted";
    case verdict_kind::duplicate:
      return "duplicate";
    case verdict_kind::conflict:
      return "conflict";
    case verdict_kind::rejected:
      return "rejected";
    case verdict_kind::stale_append:
      return "stale_append";
    case verdict_kind::out_of_order:
      return "out_of_order";
    case verdict_kind::control:
      return "control";
    case verdict_kind::advanced:
      return "advanced";
  }
  return "unknown";
}

const char* to_string(reject_reason reason) noexcept {
  switch (reason) {
    case reject_reason::none:
      return "none";
    case reject_reason::malformed:
      return "malformed";
    case reject_reason::expired:
      return "expired";
    case reject_reason::predecessor_missing:
      return "predecessor_missing";
    case reject_reason::unknown_room:
      return "unknown_room";
    case reject_reason::room_exists:
      return "room_exists";
    case reject_reason::room_closed:
      return "room_closed";
    case reject_reason::not_member:
      return "not_member";
    case reject_reason::no_permission:
      return "no_permission";
    case reject_reason::invalid_target:
      return "invalid_target";
  }
  return "unknown";
}

}  // namespace roomlog
