#include "projections/worker/verdict_counts.h"

namespace roomlog {

void verdict_counts::add(const decided_batch& batch) {
  std::uint64_t accepted = 0, duplicates = 0, rejected = 0, ignored = 0;
  for (const decided_event& d : batch.events) {
    switch (d.decision.kind) {
      case verdict_kind::accepted:
        ++accepted;
        break;
      case verdict_kind::duplicate:
      case verdict_kind::stale_append:
        ++duplicates;
        break;
      case verdict_kind::conflict:
      case verdict_kind::rejected:
      case verdict_kind::out_of_order:
        ++rejected;
        break;
      case verdict_kind::control:
        if (std::holds_alternative<unknown_body>(d.ev.facts)) ++ignored;
        break;
      case verdict_kind::advanced:
        break;
    }
  }
  accepted_ += accepted;
  duplicates_ += duplicates;
  rejected_ += rejected;
  ignored_ += ignored;
}

void verdict_counts::fill(fold_status& status) const {
  status.accepted = accepted_;
  status.duplicates = duplicates_;
  status.rejected = rejected_;
  status.ignored = ignored_;
}

}  // namespace roomlog
