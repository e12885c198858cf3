// What answers a command at once, in the order of docs/protocol.md §3: permission, rate, content;
// then what the log would say of the rest, and the load.
//
// Not thread-safe: belongs to the lane's lock.
#pragma once

#include <optional>

#include "ingress/lane_context.h"
#include "ingress/lane_submission.h"
#include "ingress/late_refusals.h"
#include "ingress/pending_set.h"

namespace roomlog {

client_error overload();

class lane_checks {
 public:
  // What it is given outlives it.
  lane_checks(lane_context& context, partition_id partition, const pending_set& pending,
              late_refusals& late)
      : context_(context), partition_(partition), pending_(pending), late_(late) {}

  // `log_end` is the log's end as it was when the command came. `toll` is what was charged, also
  // where something else refuses.
  std::optional<client_error> refusal(const lane_submission& s, offset log_end, command_toll& toll);
  // For what `refused` refuses: the room has its say before rate and content. Nothing where that is
  // not known yet: the command waits in the late refusals.
  std::optional<client_error> after_room(lane_submission s, client_error refused, offset log_end);

 private:
  std::optional<client_error> over_limit(const lane_submission& s, command_toll& toll);
  // Whether the room's own refusal can be told here: nothing that could change it is undecided.
  bool knows_room(const lane_submission& s, offset log_end) const;
  bool overloaded(const user_load& user) const;

  lane_context& context_;
  const partition_id partition_;
  const pending_set& pending_;
  late_refusals& late_;
};

}  // namespace roomlog
