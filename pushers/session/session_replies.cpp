#include "pushers/session/session_replies.h"

#include "schemas/protocol/frames.h"

namespace roomlog {

std::string& session_replies::json() {
  context_.json.clear();
  return context_.json;
}

void session_replies::send_text(std::string_view object) {
  const auto bound = context_.limits.output_bytes_max;
  const bool was_full = out_.waiting() >= bound;
  out_.append(ws_opcode::text, object);
  if (!was_full && out_.waiting() >= bound) ++context_.counters.held_for_output;
  env_.wake();
}

void session_replies::refuse(const command_id& id, const client_error& error,
                             std::string_view cid) {
  ++context_.counters.refusals[static_cast<std::size_t>(error.code)];
  frames::error(json(), id, cid, error);
  send();
  if (error.code != error_code::rate_limited || ++refused_in_turn_ != refusals_per_turn) return;
  pause_ends_ = env_.now().steady + refusals_pause;
  ++context_.counters.turns_cut;
}

void session_replies::ping() {
  out_.append(ws_opcode::ping, {});
  env_.wake();
}

void session_replies::begin_turn() {
  pause_ends_ = never;
  refused_in_turn_ = 0;
}

}  // namespace roomlog
