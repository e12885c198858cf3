// The end of commands that were in flight: the answers to all who wait for them, counted, and what
// they cost too much given back.
#pragma once

#include <vector>

#include "ingress/lane_context.h"
#include "ingress/pending_set.h"

namespace roomlog {

void settle(lane_context& context, pending_set::owned command, const command_outcome& outcome,
            std::vector<addressed_outcome>& answers);
// Nothing can be said any more of what was appended; of the rest, that nothing happened.
void settle_all(lane_context& context, std::vector<pending_set::owned> commands,
                std::vector<addressed_outcome>& answers);

}  // namespace roomlog
