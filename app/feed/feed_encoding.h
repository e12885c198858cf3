// A feed's command as the JSON that the server takes (docs/protocol.md §2).
#pragma once

#include <cstdint>
#include <string>

#include "app/feed/feed_lane.h"
#include "app/feed/feed_plan.h"

namespace roomlog {

// Appended to `out`.
void encode_feed_command(const feed_plan& plan, const std::string& room,
                         const feed_command& command, std::uint64_t id, std::string& out);

}  // namespace roomlog
