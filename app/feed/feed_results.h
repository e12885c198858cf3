// How the commands of a feed ended: counts and texts of the report, and what cannot go on.
#pragma once

#include <iosfwd>
#include <string>

#include "app/feed/feed.h"
#include "app/feed/feed_lane.h"
#include "app/feed/feed_plan.h"
#include "app/feed/feed_summary.h"

namespace roomlog {

// One thread. `plan` outlives it.
class feed_results {
 public:
  feed_results(const feed_options& options, const feed_plan& plan, std::ostream& err);

  // Empty, or why the feed ends.
  std::string settled(const feed_lane& lane, const feed_command& command, const feed_outcome& how);
  // A command is sent again. Each code is said once, with its message: it may pass, or be one that
  // never does, as with a pusher for a gateway.
  void retrying(const std::string& code, const std::string& message);
  // The room is there, so lines may be sent.
  bool room_ready() const { return room_ready_; }

  feed_summary report;

 private:
  std::string settled_room(const feed_outcome& how);
  std::string settled_join(const feed_lane& lane, const feed_outcome& how);
  void settled_line(const feed_command& command, const feed_outcome& how);

  const feed_options& options_;
  const feed_plan& plan_;
  std::ostream& err_;
  bool room_ready_ = false;
};

}  // namespace roomlog
