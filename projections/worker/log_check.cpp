#include "projections/worker/log_check.h"

#include <string>

#include "projections/fold/hash128.h"

namespace roomlog {
namespace {

error damaged(partition_id partition, const std::string& what) {
  return {errc::damaged, "partition " + std::to_string(partition.value) + ": " + what};
}

}  // namespace

result<bool> fits_log(log& events, partition_id partition, const partition_state& fold,
                      read_function how) {
  const log_bounds bounds = events.bounds(partition);
  const std::string checkpoint = "the state's checkpoint " + std::to_string(fold.next.value);
  if (bounds.end < fold.next) {
    return damaged(partition,
                   "the log ends at " + std::to_string(bounds.end.value) + ", below " + checkpoint);
  }
  if (bounds.start > fold.next) {
    return damaged(partition, "the log begins at " + std::to_string(bounds.start.value) +
                                  ", beyond " + checkpoint +
                                  ": what lies between cannot be decided");
  }
  const bool nothing_to_compare = fold.hash == hash128{} || fold.last < bounds.start;
  if (nothing_to_compare) return true;
  const auto before = (events.*how)(partition, fold.last, 1);
  if (!before) return before.error();
  if (!*before) return false;
  if ((*before)->empty() || (**before)[0].at != fold.last ||
      hash_bytes((**before)[0].value) != fold.last_digest) {
    return damaged(partition, "the record at offset " + std::to_string(fold.last.value) +
                                  " is not the one before " + checkpoint);
  }
  return true;
}

}  // namespace roomlog
