#include "log/base/planted_bug.h"

#ifdef ROOMLOG_PLANTED_BUGS

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace roomlog {
namespace {

constexpr std::array<std::string_view, 18> bugs{
    // log
    "ack_before_durable", "no_fsync",
    // fold and worker
    "batch_published_twice", "checkpoint_before_state", "dedup_forgotten_at_restart",
    "edit_of_deleted_accepted", "membership_one_event_late", "verdict_by_wall_clock",
    "view_skips_a_record", "watermark_goes_back",
    // ingress
    "answer_to_wrong_connection", "appended_twice_after_fence", "deadline_forgotten",
    "number_reused_after_fence",
    // pushers
    "delivery_after_kick", "hole_before_live", "own_event_pushed_after_ack", "resync_forgotten"};

std::string_view wanted() {
  const char* const named = std::getenv("PLANTED_BUG");
  const std::string_view bug = named == nullptr ? "" : named;
  if (bug.empty() || std::ranges::find(bugs, bug) != bugs.end()) return bug;
  std::fprintf(stderr, "PLANTED_BUG=%s: there is no such bug\n", named);
  std::exit(2);
}

}  // namespace

std::span<const std::string_view> planted_bugs() {
  return bugs;
}

bool planted(std::string_view bug) {
  static const std::string_view chosen = wanted();
  return chosen == bug;
}

}  // namespace roomlog

#endif
