#include "projections/fold/recent_hashes.h"

namespace roomlog {

// Offsets may have holes: what counts is the last record below.
std::optional<hash128> recent_hashes::at(offset upto) const {
  for (std::size_t back = 0; back < kept_.size(); ++back) {
    const noted& one = kept_[(newest_ + kept_.size() - back) % kept_.size()];
    if (one.next <= upto) return one.h;
  }
  return std::nullopt;
}

}  // namespace roomlog
