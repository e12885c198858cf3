#include "pushers/queries/read_errors.h"

#include <string>

namespace roomlog {

client_error too_many_reads(const client_limits& limits) {
  auto refused = make_client_error(error_code::overloaded,
                                   "At most " + std::to_string(limits.user_reads_waiting_max) +
                                       " reads of one user may wait (limits.user_reads_waiting)");
  refused.retry_after_ms = 1'000;
  return refused;
}

client_error view_error(const error& e) {
  switch (e.code) {
    case errc::not_found:
      return make_client_error(error_code::unknown_room, "No such room");
    case errc::damaged:
    case errc::malformed:
      return make_client_error(error_code::internal, "The view is damaged");
    case errc::invalid:
      return make_lasting_error(error_code::unavailable, e.text);
    default:  // paths, topics and the like are no client's business
      return make_client_error(error_code::unavailable, "This cannot be read now");
  }
}

}  // namespace roomlog
